"""What can be wrong, by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The names of anomalies; the README defines each."""

    LOST = "lost"
    DOUBLED = "doubled"
    TORN = "torn"
    STALE_SUM = "stale sum"
    WRONG_ORDER = "wrong order"
    SILENT_GAP = "silent gap"
    FALSE_HEALTH = "false health"
    STUCK = "stuck after cure"
    ENDED = "ended by itself"
    REFUSED = "refused"


@dataclass(frozen=True)
class Anomaly:
    """One thing that is wrong, with what shows it."""

    kind: Kind
    what: str
    evidence: str = ""
    count: int = 1

    def as_json(self) -> dict[str, Any]:
        """A form for files."""
        return asdict(self)


def grouped(kind: Kind, what: str, cases: list[str], shown: int = 3) -> list[Anomaly]:
    """One anomaly for many cases of the same, with the first few as evidence."""
    if not cases:
        return []
    return [Anomaly(kind, what, "; ".join(cases[:shown]), len(cases))]
