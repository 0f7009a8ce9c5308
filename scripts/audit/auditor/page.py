"""What the page shows of the platform's health, in a browser that stays open through faults."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .waiting import until

_WITNESS = Path(__file__).resolve().parents[3] / "dashboard" / "e2e" / "witness.mjs"
# A page of which nothing was heard for so long, in seconds, is not there to be compared.
_STALE = 3.0
_START_SECONDS = 60.0


class Unseen(Exception):
    """The page cannot be looked at."""


@dataclass(frozen=True)
class Shown:
    """What the page shows: whether all is well, and of what it says that it is not."""

    ready: bool
    ill: frozenset[str]

    def says_well(self, component: str) -> bool:
        """Whether it says of a component that it is ready."""
        return self.ready or (bool(self.ill) and component not in self.ill)


class Page:
    """A browser that shows the page, and what it showed last."""

    def __init__(self, port: int, log: Path) -> None:
        command = ["node", str(_WITNESS), f"http://127.0.0.1:{port}"]
        self._last: tuple[float, Shown] | None = None
        with log.open("ab") as errors:
            self._witness = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        threading.Thread(target=self._read, daemon=True).start()
        if not until(lambda: self.shown() is not None, _START_SECONDS):
            self.close()
            raise Unseen(f"the page shows no health within {_START_SECONDS:.0f} s: {log}")

    def shown(self) -> Shown | None:
        """What it shows now; `None` when nobody can say."""
        last = self._last
        return last[1] if last and time.monotonic() - last[0] < _STALE else None

    def close(self) -> None:
        """Closes the browser."""
        if self._witness.stdin:
            self._witness.stdin.close()
        try:
            self._witness.wait(20)
        except subprocess.TimeoutExpired:
            self._witness.kill()
            self._witness.wait()

    def _read(self) -> None:
        for line in self._witness.stdout or ():
            said: dict[str, Any] = json.loads(line)
            if said["word"] is not None:
                self._last = time.monotonic(), shown(said["word"], said["why"])


def shown(word: str, why: str) -> Shown:
    """What the words mean: of each component that is not ready a line, its name first."""
    if word != "Not ready":
        return Shown(word == "Ready", frozenset())
    return Shown(False, frozenset(line.partition(":")[0] for line in why.splitlines()))
