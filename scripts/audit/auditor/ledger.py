"""The auditor's own log: every acknowledged record with a hash of its content, append-only."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A record as it was sent: what it is, its identity, and the facts that must be found again."""

    kind: str
    key: str
    rank: int
    facts: dict[str, Any] = field(hash=False)

    @property
    def hash(self) -> str:
        """The hash of its content."""
        return content_hash(self.facts)


def content_hash(facts: dict[str, Any]) -> str:
    """The same for the same facts, whoever states them."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Ledger:
    """What was sent, and what of it was acknowledged.

    A line is on the disk before a record counts as acknowledged. Records whose request was never
    answered well may be stored or not; when they are, they must be whole.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self.acknowledged: dict[tuple[str, str], Entry] = {}
        self.sent: dict[tuple[str, str], list[Entry]] = {}
        self.records = 0
        self.requests = 0
        self.repeated = 0

    def send(self, entries: Iterable[Entry]) -> None:
        """Notes what is about to be sent."""
        with self._lock:
            for entry in entries:
                versions = self.sent.setdefault((entry.kind, entry.key), [])
                if entry not in versions:
                    versions.append(entry)

    def acknowledge(self, door: str, entries: list[Entry], again: bool = False) -> None:
        """Notes what was acknowledged; it is on the disk when this returns."""
        with self._lock:
            for entry in entries:
                line = {"door": door, "kind": entry.kind, "key": entry.key, "rank": entry.rank}
                line |= {"hash": entry.hash, "facts": entry.facts}
                self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
                place = (entry.kind, entry.key)
                known = self.acknowledged.get(place)
                if known is None or known.rank < entry.rank:
                    self.acknowledged[place] = entry
            self._file.flush()
            os.fsync(self._file.fileno())
            self.requests += 1
            self.records += 0 if again else len(entries)
            self.repeated += len(entries) if again else 0

    def of_kind(self, kind: str) -> dict[str, Entry]:
        """The last acknowledged version of each record of a kind, by key."""
        with self._lock:
            return {key: entry for (k, key), entry in self.acknowledged.items() if k == kind}

    def versions(self, kind: str) -> dict[str, list[Entry]]:
        """All versions of each record of a kind that were ever sent, by key."""
        with self._lock:
            return {key: list(all_) for (k, key), all_ in self.sent.items() if k == kind}

    def close(self) -> None:
        """Ends the log."""
        self._file.close()
