"""Where seeds run: a platform that is ready, and the faults that can be had there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .disk import Disks
from .faults import Scene, private
from .platform import Platform


class Place(Protocol):
    """Something that carries a platform."""

    def start(self) -> Scene:
        """Starts all of it and waits until it is ready."""

    def close(self) -> None:
        """Ends all of it."""


class Private:
    """A platform with a Kafka and a Postgres of its own, on small disks where they can be had."""

    def __init__(self, binary: Path, home: Path) -> None:
        self._platform = Platform(binary, home)
        self._disks = Disks(self._platform.data)

    def start(self) -> Scene:
        """Starts it and waits until it is ready."""
        self._disks.mount()
        if self._disks.why_not:
            print(f"skipped: full disks cannot be had here ({self._disks.why_not})")
        self._platform.start()
        self._platform.await_ready()
        return Scene(self._platform, self._disks, private(self._disks))

    def close(self) -> None:
        """Ends it."""
        self._platform.close()
        self._disks.unmount()
