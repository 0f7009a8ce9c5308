"""A table of marks: what is right, what is wrong, what was not asked."""

from __future__ import annotations

from .fields import FIELDS, Verdict

MARKS = {True: "✓", False: "✗", None: "·"}


class Table:
    """One row for each case, one column for each field."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Verdict]] = {}

    def add(self, case: str, verdicts: dict[str, Verdict]) -> None:
        """Notes what was found about a case."""
        self.rows[case] = verdicts

    def print(self) -> None:
        """The table, then each thing that is wrong."""
        wide = max((len(name) for name in self.rows), default=0)
        print(" " * wide, *(name[:7].rjust(7) for name in FIELDS))
        for name, verdicts in self.rows.items():
            marks = (MARKS[_is_right(verdicts.get(field))].rjust(7) for field in FIELDS)
            print(name.ljust(wide), *marks)
        print()
        for name, verdicts in self.rows.items():
            for field, verdict in verdicts.items():
                if verdict:
                    print(f"{name} {field}: {verdict}")

    @property
    def passed(self) -> int:
        """Cases of which everything is right."""
        return len(self.rows) - self.failed

    @property
    def failed(self) -> int:
        """Cases of which something is wrong."""
        return sum(any(verdicts.values()) for verdicts in self.rows.values())


def _is_right(verdict: Verdict) -> bool | None:
    return None if verdict is None else not verdict
