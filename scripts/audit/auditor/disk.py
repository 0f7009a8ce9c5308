"""Small disks for Kafka and Postgres, so that a full one can be had."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SIZES = {"kafka": "640m", "postgres": "640m"}


class Disks:
    """File systems in memory, of bounded size, below the data directory; none where not allowed."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.mounted: list[str] = []
        self.why_not = ""

    def mount(self) -> None:
        """Mounts them, where this user may."""
        for name, size in _SIZES.items():
            place = self._data / name
            place.mkdir(mode=0o700)
            command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(place)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                self.why_not = done.stderr.strip() or "mount failed"
                return
            self.mounted.append(name)

    def fill(self, name: str) -> None:
        """Leaves not a byte."""
        place = self._data / name
        ballast = os.open(place / "ballast", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            room = os.statvfs(place)
            size = room.f_bavail * room.f_frsize
            while size > 0 and not _allocated(ballast, size):
                size //= 2
        finally:
            os.close(ballast)

    def free(self, name: str) -> None:
        """Gives the room back."""
        (self._data / name / "ballast").unlink(missing_ok=True)

    def unmount(self) -> None:
        """Takes them away."""
        for name in self.mounted:
            subprocess.run(["umount", "-l", str(self._data / name)], check=False)


def _allocated(file: int, size: int) -> bool:
    try:
        os.posix_fallocate(file, 0, size)
        return True
    except OSError:
        return False
