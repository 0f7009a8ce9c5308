"""The live stream: what it shows, in which order, and whether it says what it left out."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator

from .anomaly import Anomaly, Kind, grouped
from .ledger import Ledger
from .platform import Platform
from .waiting import pass_time

_SILENCE = 20.0


class LiveWatch:
    """Listens, and comes back with the last cursor whenever the connection ends."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stop = threading.Event()
        self._cursor = ""
        self._socket: socket.socket | None = None
        self._next: dict[int, int] = {}
        self.seen: set[tuple[str, str]] = set()
        self.excused = False
        self.connected = threading.Event()
        self.backwards: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends listening, whether or not anything comes."""
        self._stop.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=_SILENCE + 5)

    def missing(self, ledger: Ledger) -> list[str]:
        """Acknowledged spans that it never showed."""
        wanted = {(key, entry.facts["status"]) for key, entry in ledger.of_kind("span").items()}
        return sorted(key for key, _ in wanted - self.seen)

    def anomalies(self, ledger: Ledger) -> list[Anomaly]:
        """What was wrong with it."""
        found = grouped(Kind.WRONG_ORDER, "the live stream went backwards", self.backwards)
        missing = [] if self.excused else self.missing(ledger)
        words = "the live stream never showed records, and sent neither `lagged` nor `resync`"
        return found + grouped(Kind.SILENT_GAP, words, missing)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (OSError, http.client.HTTPException):
                pass_time(0.2, self._stop)

    def _listen(self) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._platform.ports["api"], timeout=_SILENCE
        )
        headers = {"last-event-id": self._cursor} if self._cursor else {}
        connection.request("GET", "/api/v1/events/stream", headers=headers)
        self._socket = connection.sock
        response = connection.getresponse()
        if response.status == 400 and self._cursor:
            # A cursor that is not understood any more: the client begins anew, and knows it.
            self._cursor, self.excused = "", True
        if response.status == 200:
            self.connected.set()
            for event in _events(response):
                self._take(event)
                if self._stop.is_set():
                    break
        connection.close()

    def _take(self, event: dict[str, str]) -> None:
        kind = event.get("event", "message")
        if kind in ("lagged", "resync"):
            self.excused = True
            self._next.clear()
        if kind != "record":
            return
        self._cursor = event.get("id", self._cursor)
        self._follow(self._cursor)
        frame = json.loads(event["data"])
        if frame.get("kind") == "span":
            span = frame["data"]
            self.seen.add((f"{span['trace_id']}/{span['span_id']}", span["status"]))

    def _follow(self, cursor: str) -> None:
        for place, offset in positions(cursor).items():
            before = self._next.get(place, 0)
            if offset < before:
                self.backwards.append(f"place {place}: from {before} to {offset}")
            self._next[place] = offset


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    while line := response.readline():
        text = line.decode(errors="replace").rstrip("\r\n")
        if text:
            name, _, value = text.partition(":")
            event[name] = value.removeprefix(" ")
        elif event:
            yield event
            event = {}
    raise http.client.IncompleteRead(b"")


def positions(cursor: str) -> dict[int, int]:
    """The next offset of each partition that a cursor of the live stream names."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number, shift = 0, 0
    found, place = {}, 0
    for step, offset in zip(numbers[1::2], numbers[2::2], strict=False):
        place += step
        found[place] = offset
    return found
