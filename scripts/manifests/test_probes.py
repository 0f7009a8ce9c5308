"""Probes ask paths that a role answers, at ports where it listens."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator

from binary import CHECKED, binary, in_effect
from objects import all_containers, command_of, containers, name_of, ports_of, workloads
from rendering import ROOT, combinations, objects, whole
from test_settings import filled

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")

# Where each role answers over HTTP: the setting that names the port, and those that move a role
# that is started here to free ports.
PORT_OF = {"gateway": "OTLP_HTTP_LISTEN", "consumer": "METRICS_PORT", "api": "SERVER_PORT"}

# Further ports of a role.
OTHERS = {"gateway": ("OTLP_GRPC_LISTEN",), "consumer": (), "api": ()}


class ProbesTest(unittest.TestCase):
    """Roles of the platform by the built binary; the dashboard by its server's configuration."""

    def test_what_serves_is_probed(self) -> None:
        for combination in combinations():
            for workload in workloads(objects(combination)):
                for container in containers(workload):
                    if "ports" in container:
                        with self.subTest(str(combination), workload=name_of(workload)):
                            self.assertIn("readinessProbe", container)
                            self.assertIn("livenessProbe", container)

    def test_ports_are_declared(self) -> None:
        for combination in combinations():
            for workload, container in all_containers(objects(combination)):
                for where in _asked(container):
                    with self.subTest(str(combination), workload=name_of(workload)):
                        there = ports_of(container)
                        self.assertIn(where["port"], [*there, *there.values()])

    def test_roles_listen_where_they_are_asked(self) -> None:
        for combination in whole():
            things = objects(combination)
            for workload, container in all_containers(things):
                role = command_of(container)
                if role not in CHECKED:
                    continue
                values, _ = in_effect(role, filled(things, container))
                listens = {values[one] for one in (PORT_OF[role], *OTHERS[role])}
                ports = {int(one.rpartition(":")[2]) for one in listens}
                with self.subTest(str(combination), workload=name_of(workload)):
                    self.assertEqual(ports, set(ports_of(container).values()))
                    probed = int(values[PORT_OF[role]].rpartition(":")[2])
                    there = ports_of(container)
                    for where in _asked(container):
                        self.assertEqual(probed, there.get(where["port"], where["port"]))
                    # Not only on loopback, which the kubelet does not reach.
                    hosts = [values.get("METRICS_HOST"), values.get("SERVER_HOST")]
                    hosts += [one.rpartition(":")[0] for one in listens if ":" in one]
                    self.assertEqual({"0.0.0.0"}, {host for host in hosts if host})

    def test_roles_answer_what_they_are_asked(self) -> None:
        paths: dict[str, set[str]] = {}
        for combination in whole():
            for _, container in all_containers(objects(combination)):
                role = command_of(container)
                if role in CHECKED:
                    asked = {where["path"] for where in _asked(container)}
                    paths.setdefault(role, set()).update(asked)
        self.assertEqual(set(CHECKED), set(paths))
        for role, asked in paths.items():
            with _running(role) as port:
                self.assertEqual(404, _status(port, "/nothing-is-here"))
                for path in asked:
                    with self.subTest(role, path=path):
                        # Without Kafka and Postgres it lives, and is not ready.
                        self.assertEqual(200 if path == "/health" else 503, _status(port, path))

    def test_the_dashboard_answers_what_it_is_asked(self) -> None:
        server = (ROOT / "docker" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
        seen = 0
        for combination in whole():
            for _, container in all_containers(objects(combination)):
                if container["image"].startswith("telemetron/dashboard"):
                    self.assertIn(f"listen {ports_of(container)['http']};", server)
                    for where in _asked(container):
                        self.assertIn(f"location = {where['path']} {{", server)
                        seen += 1
        self.assertGreater(seen, 0)


def _asked(container: dict) -> list[dict]:
    """What the probes of a container ask over the network."""
    probes = [container[name] for name in PROBES if name in container]
    found = [probe.get("httpGet") or probe.get("tcpSocket") for probe in probes]
    return [where for where in found if where]


@contextlib.contextmanager
def _running(role: str) -> Iterator[int]:
    """A role that finds neither Kafka nor Postgres, at free ports; gives that of its probes."""
    nobody, port, *others = _free_ports(2 + len(OTHERS[role]))
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}",
        PORT_OF[role]: f"127.0.0.1:{port}" if role == "gateway" else str(port),
        **{
            name: f"127.0.0.1:{other}"
            for name, other in zip(OTHERS[role], others, strict=True)
        },
    }
    if role != "gateway":
        variables["DATABASE_URL"] = f"postgres://nobody@127.0.0.1:{nobody}/nothing"
    with tempfile.TemporaryDirectory(prefix="telemetron-probes-") as home:
        variables |= {"HOME": home, "TELEMETRON_DATA_DIR": home}
        process = subprocess.Popen(
            [binary(), role], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await(process, port)
            yield port
        finally:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"{process.args} does not listen; it ended with {process.poll()}")


def _status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
