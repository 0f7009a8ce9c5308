"""The built binary as `telemetron up`, with its own Kafka and Postgres, in a fresh directory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

from . import processes
from .client import Answer, Client
from .sql import Database
from .waiting import until

START_SECONDS = 120.0
STOP_SECONDS = 45.0


class Ended(Exception):
    """The platform is not there, and does not come."""


class Platform:
    """A platform that can be killed, stopped, frozen and started again."""

    def __init__(self, binary: Path, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.data.mkdir(mode=0o711)
        names = ("api", "otlp", "grpc", "kafka")
        self.ports = {name: processes.free_port() for name in names}
        self.ended: list[str] = []
        self._binary = binary
        self._up: subprocess.Popen[bytes] | None = None
        self._expected = False
        self._was_ready = False
        self._seen_core = 0
        self._lock = threading.RLock()
        self._database: Database | None = None

    def start(self) -> None:
        """Starts `up` and does not wait for it."""
        with self._lock, (self.home / "up.log").open("ab") as log:
            self._up = subprocess.Popen(
                self._command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            self._expected = self._was_ready = False
            self._seen_core = 0

    def environment(self) -> dict[str, str]:
        """The variables that `up` sees: none that name a Kafka or Postgres of others."""
        others = ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
        kept = {name: value for name, value in os.environ.items() if name not in others}
        return {"RUST_LOG": "info"} | kept

    def _command(self) -> list[str]:
        here = "127.0.0.1"
        return [
            *(str(self._binary), "up", "--data-dir", str(self.data)),
            *("--server-port", str(self.ports["api"])),
            *("--kafka-port", str(self.ports["kafka"])),
            *("--otlp-http-listen", f"{here}:{self.ports['otlp']}"),
            *("--otlp-grpc-listen", f"{here}:{self.ports['grpc']}"),
        ]

    @property
    def pid(self) -> int:
        """The process that was started: it watches over the one that works."""
        return self._up.pid if self._up else 0

    @property
    def core(self) -> int:
        """The process that works; `up` itself while there is no other."""
        ours = [pid for pid in processes.children(self.pid) if self._is_ours(pid)]
        return ours[0] if ours else self.pid

    def _is_ours(self, pid: int) -> bool:
        return processes.command(pid).startswith(str(self._binary))

    def tend(self) -> None:
        """Notes what ended by itself after it had been ready; starts `up` where nobody does."""
        with self._lock:
            if self._up is None or self._expected:
                return
            if self._up.poll() is None:
                self._tend_core()
                return
            if self._was_ready:
                self.ended.append(f"`up` ended with {self._up.returncode}: {self.last_words()}")
            self.start()

    def _tend_core(self) -> None:
        core = self.core
        if core == self.pid:
            return
        if self._seen_core not in (0, core):
            self.ended.append(f"the process that works ended by itself: {self.last_words()}")
        self._seen_core = core

    def ready(self) -> bool:
        """Whether the platform and its gateway say that they are ready."""
        self.tend()
        said = self.ask("api", "/ready").ok and self.ask("otlp", "/ready").ok
        self._was_ready |= said
        return said

    def await_ready(self, seconds: float = START_SECONDS) -> None:
        """Waits until everything is ready."""
        if not until(self.ready, seconds, 0.2):
            raise Ended(f"not ready within {seconds:.0f} s: {self.last_words()}")

    @property
    def servers(self) -> str:
        """Where Kafka is."""
        return f"127.0.0.1:{self.ports['kafka']}"

    def ask(self, door: str, path: str, patience: float = 5.0) -> Answer:
        """Asks one of the ports once."""
        client = Client(self.ports[door], patience)
        try:
            return client.get(path)
        finally:
            client.close()

    def database(self) -> Database:
        """The platform's own database; its address stays while the directory does."""
        if self._database is None:
            said = json.loads((self.data / "endpoints.json").read_text())
            self._database = Database(said["database_url"])
        return self._database

    def children(self, which: str) -> list[int]:
        """The processes of Kafka or Postgres, their own children included."""
        wanted = {"kafka": "kafka.Kafka", "postgres": "postgres"}[which]
        parents = {self.pid, self.core}
        found = [pid for parent in parents for pid in processes.children(parent)]
        found = [
            pid for pid in found if wanted in processes.command(pid) and not self._is_ours(pid)
        ]
        return [pid for child in found for pid in processes.family(child)]

    def kill(self) -> None:
        """`kill -9` of `up`; Kafka and Postgres are left behind."""
        with self._lock:
            core = self.core
            self._end(signal.SIGKILL)
            # It follows the other; frozen, it does so when it goes on.
            processes.send([core], signal.SIGCONT)
            until(lambda: not processes.alive(core), STOP_SECONDS, 0.05)

    def crash(self) -> None:
        """Ends the process that works as a fault in it would; the other starts it again."""
        with self._lock:
            core = self.core
            processes.send([core], signal.SIGABRT)
            # It takes a moment to be gone, and must not be taken for the next one.
            until(lambda: not processes.alive(core), STOP_SECONDS, 0.05)
            # What is not ready again once may end: people have to see to its reason.
            self._was_ready = False
            self._seen_core = 0

    def stop(self) -> bool:
        """Stops `up` as an operator does; false when it had to be killed in the end."""
        with self._lock:
            return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> bool:
        if self._up is None:
            return True
        self._expected = True
        # A frozen process hears nothing but SIGKILL.
        processes.send([self.pid, self.core], signal.SIGCONT)
        processes.send([self.pid], how)
        try:
            self._up.wait(STOP_SECONDS)
            return True
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()
            return False

    def close(self) -> None:
        """Ends everything that was started."""
        left = self.children("kafka") + self.children("postgres")
        processes.send(left, signal.SIGCONT)
        if not self.stop():
            processes.send(left, signal.SIGKILL)
        until(lambda: not any(processes.alive(pid) for pid in left), 20)
        processes.send([pid for pid in left if processes.alive(pid)], signal.SIGKILL)

    def last_words(self, lines: int = 3) -> str:
        """The end of the log."""
        text = (self.home / "up.log").read_text(errors="replace").strip()
        return " / ".join(text.splitlines()[-lines:])

    def log_size(self) -> int:
        """How long the log is by now."""
        return (self.home / "up.log").stat().st_size
