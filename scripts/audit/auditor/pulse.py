"""A pulse: one span after the other, each watched from the door to the answer of the API."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from .bodies import spans_json
from .client import Client
from .doors import JSON, HttpDoor, Outcome, Request
from .platform import Platform
from .records import Source
from .waiting import pass_time

_EVERY = 0.5
_LOOK_EVERY = 0.1
_OVERTAKEN = 20.0


@dataclass(eq=False)
class Beat:
    """One span of the pulse; its moments are those of the monotonic clock."""

    trace_id: str
    sent: float
    acknowledged: float | None = None
    seen: float | None = None


class Pulse:
    """Sends a span twice a second and asks for it until it is there."""

    def __init__(self, platform: Platform, seed: int, run: str) -> None:
        self._platform = platform
        self._source = Source(seed, f"{run}9", "pulse")
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._waiting: deque[Beat] = deque()
        self.last_seen = 0.0
        self.beats: list[Beat] = []
        self.lost: list[str] = []
        self._threads = [
            threading.Thread(target=self._send, daemon=True),
            threading.Thread(target=self._look, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def waiting_since(self) -> float | None:
        """When the oldest beat was sent that nobody has seen yet."""
        with self._lock:
            return self._waiting[0].sent if self._waiting else None

    def delivered_since(self, moment: float) -> bool:
        """Whether something that was sent after a moment has been seen."""
        with self._lock:
            return any(beat.seen and beat.sent >= moment for beat in reversed(self.beats))

    def stop(self) -> None:
        """Ends the pulse."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _send(self) -> None:
        door = HttpDoor(self._platform.ports["otlp"])
        while not self._stop.is_set():
            span = self._source.trace(1)[0]
            beat = Beat(span.trace_id, time.monotonic())
            with self._lock:
                self.beats.append(beat)
                self._waiting.append(beat)
            body = spans_json(span.project, [span])
            request = Request("/v1/traces", body, JSON, [])
            # The same beat goes again until it is taken: it is as old as its first attempt.
            while not self._stop.is_set():
                outcome, _ = door.send(request)
                if outcome is Outcome.ACKNOWLEDGED:
                    beat.acknowledged = time.monotonic()
                    break
                pass_time(_LOOK_EVERY, self._stop)
            pass_time(_EVERY, self._stop)
        door.close()

    def _look(self) -> None:
        client = Client(self._platform.ports["api"], patience=3.0)
        while not self._stop.is_set():
            with self._lock:
                waiting = [beat for beat in self._waiting if beat.acknowledged]
            # The latest as well: one that never comes must not hide those behind it.
            there = [
                beat
                for beat in {id(b): b for b in waiting[:1] + waiting[-1:]}.values()
                if client.get(f"/api/v1/traces/{beat.trace_id}").ok
            ]
            self._saw(there)
            if not there:
                pass_time(_LOOK_EVERY, self._stop)
        client.close()

    def _saw(self, there: list[Beat]) -> None:
        now = time.monotonic()
        with self._lock:
            for beat in there:
                beat.seen = self.last_seen = now
                self._waiting.remove(beat)
            while self._waiting and self._overtaken(self._waiting[0], now):
                self.lost.append(self._waiting.popleft().trace_id)

    def _overtaken(self, beat: Beat, now: float) -> bool:
        """Whether later ones have been there for so long that this one never comes."""
        later = (b.seen for b in self.beats if b.seen and b.sent > beat.sent)
        first = min(later, default=now)
        return beat.acknowledged is not None and now - max(first, beat.acknowledged) > _OVERTAKEN
