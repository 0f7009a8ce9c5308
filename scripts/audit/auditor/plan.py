"""Which faults strike when: drawn from the seed, so that a seed can be run again."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from .faults import Scene
from .waiting import pass_time

_LONGEST = {"lose the broker": 3.0, "freeze up": 4.0}


@dataclass(frozen=True)
class Strike:
    """One fault, when it strikes after the beginning, and how long it lasts, in seconds."""

    fault: str
    at: float
    lasts: float

    def __str__(self) -> str:
        return f"{self.fault} at {self.at:.1f} s for {self.lasts:.1f} s"


def drawn(seed: int, seconds: float, faults: list[str]) -> list[Strike]:
    """Two to four different faults, which may overlap."""
    draw = random.Random(f"{seed}/plan")
    chosen = draw.sample(faults, k=min(len(faults), draw.randrange(2, 5)))
    strikes = []
    for fault in chosen:
        lasts = min(draw.uniform(1.5, seconds / 2), _LONGEST.get(fault, seconds))
        strikes.append(Strike(fault, round(draw.uniform(1.0, seconds - lasts), 1), round(lasts, 1)))
    return sorted(strikes, key=lambda strike: strike.at)


def alone(seed: int, seconds: float, faults: list[str]) -> list[Strike]:
    """One fault for nearly all of the time; the next seed has the next one."""
    at, fault = 2.0, faults[(seed - 1) % len(faults)]
    return [Strike(fault, at, min(seconds - at, _LONGEST.get(fault, seconds)))]


class Storm:
    """The faults of a seed at work, each on a thread of its own."""

    def __init__(self, scene: Scene, strikes: list[Strike]) -> None:
        self._scene = scene
        self._began = time.monotonic()
        self._stop = threading.Event()
        self.failed: list[str] = []
        self._threads = [
            threading.Thread(target=self._strike, args=(strike,), daemon=True) for strike in strikes
        ]
        for thread in self._threads:
            thread.start()

    def over(self) -> None:
        """Waits until all are healed."""
        for thread in self._threads:
            thread.join()

    def _strike(self, strike: Strike) -> None:
        pass_time(self._began + strike.at - time.monotonic(), self._stop)
        try:
            with self._scene.faults[strike.fault](self._scene, strike.lasts):
                pass_time(strike.lasts, self._stop)
        except Exception as error:  # noqa: BLE001 - a fault that fails is told, and the rest goes on
            self.failed.append(f"{strike.fault}: {error}")
