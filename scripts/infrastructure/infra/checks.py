"""Checks with names, counted."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable

_COLOURS = {"ok": "32", "FAILED": "31;1", "skipped": "33"}


class Skip(Exception):
    """The check cannot be made here; the text says why."""


class Checks:
    """What was checked so far."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = wanted
        self.counts = {"ok": 0, "FAILED": 0, "skipped": 0}

    def wants(self, area: str) -> bool:
        """Whether an area is to be checked."""
        return not self._wanted or area in self._wanted

    def check(self, name: str, act: Callable[[], str | None]) -> None:
        """Makes a check: it fails by an exception, and may say something when it does not."""
        began = time.monotonic()
        try:
            words, verdict = act() or "", "ok"
        except Skip as skip:
            words, verdict = str(skip), "skipped"
        except AssertionError as wrong:
            words, verdict = str(wrong), "FAILED"
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
            traceback.print_exc()
            words, verdict = f"{type(error).__name__}: {error}", "FAILED"
        self.counts[verdict] += 1
        took = time.monotonic() - began
        print(f"  {_painted(verdict):<8} {name} ({took:.1f} s){f': {words}' if words else ''}")
        sys.stdout.flush()

    def closing_line(self) -> str:
        """How many of each."""
        passed, failed, skipped = self.counts.values()
        return f"{passed} passed, {failed} failed, {skipped} skipped"


def _painted(verdict: str) -> str:
    return f"\033[{_COLOURS[verdict]}m{verdict}\033[0m" if sys.stdout.isatty() else verdict


def must(holds: bool, words: str) -> None:
    """Fails a check with these words unless something holds."""
    if not holds:
        raise AssertionError(words)
