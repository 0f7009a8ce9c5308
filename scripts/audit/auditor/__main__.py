"""The command line: which seeds, for how long, and what is told of them."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import plan, report
from .faults import FAULTS, Scene
from .page import Page, Unseen
from .place import Place, Private
from .platform import Ended
from .seed import Result, Run

_ROOT = Path(__file__).resolve().parents[3]
# A platform carries so many seeds: then its small disks would fill up.
_SEEDS_A_PLATFORM = 10


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="audit.sh", description=__doc__)
    built = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target")) / "debug" / "telemetron"
    parser.add_argument("--bin", type=Path, default=built, help="the built binary")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, help="one seed")
    which.add_argument("--seeds", type=span, help="seeds, as 1..100 or 1,31,46")
    which.add_argument(
        "--each", action="store_true", help="each fault by itself, for nearly all of the seconds"
    )
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="load and faults of each seed, in seconds"
    )
    parser.add_argument(
        "--cure",
        type=float,
        default=90.0,
        help="how long a healed platform may take until all is delivered, in seconds",
    )
    parser.add_argument(
        "--faults", type=chosen, help="only these, separated by commas; `none` for no fault at all"
    )
    parser.add_argument("--page", action="store_true", help="look at the page as well, in Chromium")
    parser.add_argument("--keep", action="store_true", help="leave the data directory behind")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything, for programs")
    parser.add_argument("--record", type=Path, metavar="FILE", help="the figures, as Markdown")
    return parser.parse_args()


def span(text: str) -> list[int]:
    """Seeds from one to another, both included, or each by itself."""
    first, dots, last = text.partition("..")
    return list(range(int(first), int(last) + 1)) if dots else [int(n) for n in text.split(",")]


def chosen(text: str) -> list[str]:
    """Faults by name."""
    return [] if text == "none" else [name.strip() for name in text.split(",")]


class Auditor:
    """Seeds on platforms, and what they showed."""

    def __init__(self, options: argparse.Namespace, place: Callable[[Path, Path], Place]) -> None:
        self._options = options
        self._place = place
        self._progress = report.Progress(quiet=False)
        self.results: list[Result] = []

    def go(self, seeds: list[int]) -> None:
        """Runs all seeds, ten to a platform."""
        while seeds:
            done = self._on_one_platform(seeds[:_SEEDS_A_PLATFORM])
            seeds = seeds[done:]

    def _on_one_platform(self, seeds: list[int]) -> int:
        """Runs seeds until one leaves a platform that others would suffer from."""
        home = Path(tempfile.mkdtemp(prefix="telemetron-audit-"))
        home.chmod(0o711)
        place = self._place(self._options.bin, home)
        bad = True
        page = None
        try:
            self._progress.say("starting")
            scene = place.start()
            if self._options.page:
                page = Page(scene.platform.ports["api"], home / "page.log")
            for number, seed in enumerate(seeds, start=1):
                bad = bool(self._run(scene, seed, page).anomalies)
                if bad:
                    return number
            return len(seeds)
        finally:
            if page:
                page.close()
            place.close()
            if self._options.keep or bad:
                print(report.painted(f"    kept: {home}", "quiet"))
            else:
                shutil.rmtree(home, ignore_errors=True)

    def _run(self, scene: Scene, seed: int, page: Page | None) -> Result:
        options = self._options
        faults = list(scene.faults) if options.faults is None else options.faults
        for fault in faults:
            if fault not in scene.faults:
                raise Ended(f"`{fault}` is none of: {', '.join(scene.faults)}")
        draw = plan.alone if options.each else plan.drawn
        strikes = draw(seed, options.seconds, faults) if faults else []
        self._progress.title = f"seed {seed}"
        how = (options.seconds, strikes, options.cure, page)
        run = Run(scene, seed, *how, self._progress.say)
        result = run.go()
        self.results.append(result)
        self._progress.clear()
        print(report.seed_lines(result), flush=True)
        return result


def main(place: Callable[[Path, Path], Place] = Private) -> int:
    """Audits, tells, and says by the exit code whether anything is wrong."""
    options = arguments()
    seeds = options.seeds if options.seeds else [1 if options.seed is None else options.seed]
    if options.each:
        seeds = list(range(1, len(options.faults or FAULTS) + 1))
    if not options.bin.is_file():
        print(f"error: {options.bin} is not there; `cargo build -p telemetron` makes it")
        return 2
    # Told to stop, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    auditor = Auditor(options, place)
    try:
        auditor.go(seeds)
    except (Ended, Unseen) as ended:
        print(f"error: {ended}")
        return 2
    except KeyboardInterrupt:
        print("interrupted; what follows is of the seeds that came to their end")
    print(report.closing_lines(auditor.results))
    if options.json:
        options.json.write_text(report.as_json(auditor.results), encoding="utf-8")
    if options.record:
        report.write_record(options.record, auditor.results, options.seconds)
    bad = sum(bool(result.anomalies) for result in auditor.results)
    print(f"{len(auditor.results) - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
