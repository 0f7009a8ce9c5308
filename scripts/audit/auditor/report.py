"""Telling what was found: to a reader, as JSON, and as a record for the repository."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from .anomaly import Anomaly, Kind
from .seed import Result

_COLOURS = {"good": "32", "bad": "31;1", "quiet": "2", "bold": "1"}


def painted(text: str, colour: str) -> str:
    """Text in colour, where a terminal shows it."""
    return f"\033[{_COLOURS[colour]}m{text}\033[0m" if sys.stdout.isatty() else text


class Progress:
    """One line that is written over, where there is a terminal."""

    def __init__(self, quiet: bool) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self.title = ""

    def say(self, words: str) -> None:
        """Shows words in the place of the last ones."""
        if self._shown:
            sys.stderr.write(f"\r\033[K{self.title}: {words}"[:120])
            sys.stderr.flush()

    def clear(self) -> None:
        """Leaves the line empty."""
        if self._shown:
            sys.stderr.write("\r\033[K")


def seed_lines(result: Result) -> str:
    """A seed in a few lines."""
    good = not result.anomalies
    mark = painted("✓", "good") if good else painted("✗", "bad")
    after = f"well after {result.recovered:.1f} s" if result.recovered is not None else "not well"
    told = f"{result.records} records in {result.requests} requests, {after}, {result.wall:.0f} s"
    lines = [f"{mark} seed {result.seed}: {told}"]
    lines += [painted(f"    {strike}", "quiet") for strike in result.strikes]
    lines += [painted(f"    note: {note}", "quiet") for note in result.notes]
    lines += [anomaly_line(anomaly) for anomaly in result.anomalies]
    return "\n".join(lines)


def anomaly_line(anomaly: Anomaly) -> str:
    """An anomaly in a line."""
    times = f" ({anomaly.count})" if anomaly.count > 1 else ""
    evidence = f": {anomaly.evidence}" if anomaly.evidence else ""
    return f"    {painted(anomaly.kind.upper(), 'bad')}  {anomaly.what}{times}{evidence}"


def totals(results: list[Result]) -> dict[str, Any]:
    """All seeds together."""
    recovered = [result.recovered for result in results if result.recovered is not None]
    faults = Counter(strike.fault for result in results for strike in result.strikes)
    found = Counter(str(anomaly.kind) for result in results for anomaly in result.anomalies)
    return {
        "seeds": len(results),
        "records": sum(result.records for result in results),
        "requests": sum(result.requests for result in results),
        "repeated": sum(result.repeated for result in results),
        "faults": dict(sorted(faults.items())),
        "anomalies": {str(kind): found.get(str(kind), 0) for kind in Kind},
        "recovered_median": statistics.median(recovered) if recovered else None,
        "recovered_worst": max(recovered, default=None),
        "not_recovered": len(results) - len(recovered),
    }


def closing_lines(results: list[Result]) -> str:
    """All seeds together, for a reader."""
    total = totals(results)
    found = {name: count for name, count in total["anomalies"].items() if count}
    words = ", ".join(f"{name} {count}" for name, count in found.items()) or "none"
    colour = "bad" if found else "good"
    lines = [
        painted(f"{total['seeds']} seeds, {total['records']} records acknowledged", "bold"),
        f"  anomalies  {painted(words, colour)}",
    ]
    if total["recovered_worst"] is not None:
        median, worst = total["recovered_median"], total["recovered_worst"]
        lines.append(f"  recovery   median {median:.1f} s, worst {worst:.1f} s")
    return "\n".join(lines)


def as_json(results: list[Result]) -> str:
    """Everything, for programs."""
    whole = {"totals": totals(results), "seeds": [result.as_json() for result in results]}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def write_record(path: Path, results: list[Result], seconds: float) -> None:
    """The figures, as they stand in the repository."""
    total = totals(results)
    seeds = [result.seed for result in results]
    faults = [f"| {name} | {count} |" for name, count in total["faults"].items()]
    found = [f"| {name} | {count} |" for name, count in total["anomalies"].items()]
    bad = [f"- seed {r.seed}: {a.kind}: {a.what}" for r in results for a in r.anomalies]
    median, worst = total["recovered_median"], total["recovered_worst"]
    text = [
        "# Record of the auditor",
        "",
        "Written by `scripts/audit/audit.sh --record`; what the words mean stands in "
        "[README.md](README.md).",
        "",
        "| figure | value |",
        "|---|---|",
        f"| seeds | {min(seeds)} to {max(seeds)}: {total['seeds']} |",
        f"| seconds of load and faults in each | {seconds:g} |",
        f"| records acknowledged | {total['records']:,} |",
        f"| requests acknowledged | {total['requests']:,} |",
        f"| records sent a second time on purpose | {total['repeated']:,} |",
        f"| from the cure until all is delivered | median {median} s, worst {worst} s |",
        f"| seeds that were not well in time | {total['not_recovered']} |",
        "",
        "| fault | times |",
        "|---|---|",
        *faults,
        "",
        "| anomaly | found |",
        "|---|---|",
        *found,
        *(["", *bad] if bad else []),
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")
