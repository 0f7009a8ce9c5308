"""The product's binary: a command that ends, a role that runs, the platform on foreign servers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from auditor import processes
from auditor.client import Client
from auditor.platform import START_SECONDS, Platform
from auditor.processes import free_port
from auditor.sql import Database
from auditor.waiting import until

from .checks import must
from .services import Service

_OWN = ("DATABASE_", "KAFKA_", "OTLP_", "TELEMETRON_")


def environment(variables: dict[str, str]) -> dict[str, str]:
    """The variables of a command: ours, and none that somebody left in the shell."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    kept["KAFKA_JARS"] = os.environ.get("KAFKA_JARS", "")
    return kept | variables


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    words: str
    seconds: float


class Product:
    """The binary."""

    def __init__(self, binary: Path, home: Path) -> None:
        self.binary, self.home = binary, home

    def run(self, variables: dict[str, str], *arguments: str, seconds: float = 60) -> Ended:
        """Runs a command to its end."""
        began = time.monotonic()
        data = ("--data-dir", str(self.home / "no-platform"))
        try:
            done = subprocess.run(
                [str(self.binary), *arguments, *data],
                env=environment(variables),
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            said = (late.stderr or b"") + (late.stdout or b"")
            return Ended(-1, f"no end within {seconds} s: {said.decode(errors='replace')}", seconds)
        took = time.monotonic() - began
        return Ended(done.returncode, (done.stderr + done.stdout).strip(), took)

    def reason(self, variables: dict[str, str], seconds: float) -> str:
        """What `/ready` of a gateway with these settings gives as reasons within the time."""
        port, other = free_port(), free_port()
        listen = {"OTLP_HTTP_LISTEN": f"127.0.0.1:{port}", "OTLP_GRPC_LISTEN": f"127.0.0.1:{other}"}
        role = _Role([str(self.binary), "gateway"], self.home / "gateway.log", variables | listen)
        role.start()
        said = ""

        def told() -> bool:
            nonlocal said
            client = Client(port, 1)
            parts = client.get("/ready").json().get("components", {})
            client.close()
            reasons = [part["reason"] for part in parts.values() if part.get("reason")]
            said = "; ".join(reason for reason in reasons if reason != "starting")
            return bool(said)

        until(told, seconds, 0.2)
        role.stop()
        return said


class _Role(Service):
    def __init__(self, command: list[str], log: Path, variables: dict[str, str]) -> None:
        pairs = [f"{name}={value}" for name, value in environment(variables).items()]
        super().__init__("role", ["env", "-i", *pairs, *command], log)


class ForeignPlatform(Platform):
    """`telemetron up` with Kafka and Postgres of others."""

    def __init__(
        self, binary: Path, home: Path, servers: str, database: Database, url: str
    ) -> None:
        home.mkdir()
        super().__init__(binary, home)
        self.variables = {"KAFKA_BOOTSTRAP_SERVERS": servers, "DATABASE_URL": url}
        self._servers = servers
        self._database = database

    def environment(self) -> dict[str, str]:
        """The variables that `up` sees."""
        return environment({"RUST_LOG": "info"} | self.variables)

    @property
    def servers(self) -> str:
        """Where Kafka is."""
        return self._servers

    def tend(self) -> None:
        """Nobody starts it again: it has to live through everything."""

    def begin(self) -> None:
        """Starts it and waits until it is ready."""
        self.start()
        until(lambda: self.ready() or not processes.alive(self.pid), START_SECONDS, 0.2)
        must(processes.alive(self.pid), f"`up` ended: {self.last_words(1)}")
        must(self.ready(), f"not ready within {START_SECONDS:.0f} s: {self.reasons()}")

    def read_from(self, database: Database) -> None:
        """From now on rows are read there."""
        self._database = database

    def reasons(self) -> dict[str, str]:
        """What `/ready` says of the components that are not ready."""
        parts = json.loads(self.ask("api", "/ready").body or b"{}").get("components", {})
        return {name: part.get("reason", "") for name, part in parts.items() if not part["ready"]}
