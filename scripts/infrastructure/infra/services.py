"""Processes that we start, and end by their ids."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from pathlib import Path

from auditor import processes
from auditor.waiting import until


class Service:
    """A program that runs in the background, with its output in a file."""

    def __init__(self, name: str, command: list[str], log: Path, user: str | None = None) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and does not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                cwd=self.log.parent,
            )

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid if self._process else 0

    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL, 10)

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
        """Ends it in order, else by force."""
        if not self._end(how, seconds):
            self.kill()

    def _end(self, how: signal.Signals, seconds: float) -> bool:
        if self._process is None:
            return True
        processes.send([self._process.pid], how)
        return until(lambda: not self.running(), seconds, 0.05)

    def last_words(self, lines: int = 5) -> str:
        """The end of its output."""
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-lines:])


def unprivileged() -> str | None:
    """The user for what refuses to run as root; none when we are not root."""
    return "postgres" if os.geteuid() == 0 else None


def give(place: Path, user: str | None) -> None:
    """Hands a file or folder over, with all below it."""
    if user is None:
        return
    entry = pwd.getpwnam(user)
    for path in [place, *place.rglob("*")]:
        os.chown(path, entry.pw_uid, entry.pw_gid)
