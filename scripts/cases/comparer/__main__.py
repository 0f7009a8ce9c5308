"""Compares what the platform understands of recorded programs with what these really did.

Prints a table of cases and fields, what is wrong in each, and how many cases are right.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from . import reports, scattered, variants
from .case import Case, cases
from .fields import FIELDS
from .host import Host, Unsettled
from .seen import Seen
from .table import Table


def main() -> int:
    """Runs what was asked for."""
    options = _options()
    if not options.cases.is_dir():
        print(f"there are no cases at {options.cases}; --cases or TELEMETRON_CASES names them")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    if options.data_dir:
        with Host(options.binary, options.data_dir, None) as host:
            return _run(options, host)
    with tempfile.TemporaryDirectory(prefix="telemetron-cases-") as home:
        Path(home).chmod(0o711)
        with Host(options.binary, Path(), Path(home)) as host:
            return _run(options, host)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cases.sh", description=__doc__)
    parser.add_argument("--cases", type=Path, required=True, help="folder of the cases")
    parser.add_argument("--binary", type=Path, required=True, help="the built telemetron")
    parser.add_argument("--only", default="", help="cases whose names match this expression")
    parser.add_argument(
        "--data-dir", type=Path, help="of a platform that runs; else one is started"
    )
    parser.add_argument(
        "--variants",
        action="store_true",
        help="also send each in other orders, apart, twice, and scattered over traces",
    )
    return parser.parse_args()


def _run(options: argparse.Namespace, host: Host) -> int:
    table = Table()
    passed = failed = skipped = 0
    for salt, case in enumerate(cases(options.cases, options.only), start=1):
        table.add(case.name, _compare(case, host))
        if options.variants and not case.is_import:
            for wrong in _variants(case, host, salt):
                failed += 1
                print(f"{case.name} {wrong}", flush=True)
    table.print()
    for _, good, said in reports.outcomes(options.cases / "reports", options.only, host):
        skipped += good is None
        passed += good is True
        failed += good is False
        if not good:
            print(said.strip())
    print(f"{passed + table.passed} passed, {failed + table.failed} failed, {skipped} skipped")
    return 1 if failed + table.failed else 0


def _compare(case: Case, host: Host) -> dict[str, str | None]:
    before = host.traces()
    try:
        host.bring(case)
        host.settle()
    except Unsettled as error:
        return {"traces": str(error)}
    seen = _as_wanted(case, host, host.traces() - before)
    return {name: check(case.wanted, seen) for name, check in FIELDS.items()}


def _as_wanted(case: Case, host: Host, traces: set[str]) -> Seen:
    """The traces as they are; as runs where one is wanted and a runtime has scattered it."""
    alone = Seen([host.whole(trace) for trace in sorted(traces)])
    wanted = case.wanted.get("follow")
    if not wanted and (case.wanted.get("traces") != 1 or len(traces) < 2):
        return alone
    for follow in [wanted] if wanted else ["links", "session"]:
        runs = host.runs(traces, follow)
        if wanted or len(runs) == 1:
            return Seen(runs)
    return alone


def _variants(case: Case, host: Host, salt: int) -> list[str]:
    """What differs in the variants of a case from how it came first."""
    if not case.traces:
        return []
    if any(it.is_hook for it in case.requests):
        return _beside_hooks(case, host, salt)
    first = variants.print_of([host.whole(trace) for trace in sorted(case.traces)])
    wrong = []
    for place, which in enumerate(variants.VARIANTS):
        other = salt * len(variants.VARIANTS) + place
        for request in variants.variant(case, which, other):
            host.send(request)
        host.settle()
        traces = sorted(variants.wire.other_trace(trace, other) for trace in case.traces)
        second = variants.print_of([host.whole(trace) for trace in traces])
        if difference := variants.difference(first, second):
            wrong.append(f"{which}: {difference}")
    return wrong + _scattered(case, host)


def _beside_hooks(case: Case, host: Host, salt: int) -> list[str]:
    """What is wrong about a case with hooks when its telemetry comes otherwise.

    Ids of what hooks tell follow from the session, and times from when they come, so that the
    expectation is the measure here rather than what came first.
    """
    wrong = []
    for place, which in enumerate(variants.BESIDE_HOOKS):
        before = host.traces()
        other = salt * len(variants.BESIDE_HOOKS) + place
        for request in variants.beside_hooks(case, which, other):
            host.send(request)
        host.settle()
        seen = _as_wanted(case, host, host.traces() - before)
        said = [(name, check(case.wanted, seen)) for name, check in FIELDS.items()]
        wrong += [f"{which}: {name}: {what}" for name, what in said if what]
    return wrong


# What a run says of itself is said by the span around it, which a scattered one has not.
_OF_THE_ROOT = {"traces", "root", "rootag", "status", "input", "output"}


def _scattered(case: Case, host: Host) -> list[str]:
    """What is wrong about a case whose messages have traces of their own, read as one run."""
    requests = scattered.scattered(case, case.name)
    if not requests:
        return []
    for request in requests:
        host.send(request)
    host.settle()
    traces = scattered.traces_of(requests)
    runs = host.runs(traces, "links")
    # What was made before the run is linked by nothing.
    runs = [run for run in runs if len(run["run"]["traces"]) > 1]
    if len(runs) != 1:
        return [f"scattered: {len(traces)} traces make {len(runs)} runs"]
    seen = Seen(runs)
    fields = {name: check for name, check in FIELDS.items() if name not in _OF_THE_ROOT}
    wrong = [(name, said) for name, check in fields.items() if (said := check(case.wanted, seen))]
    return [f"scattered over {len(traces)} traces: {name}: {said}" for name, said in wrong]


sys.exit(main())
