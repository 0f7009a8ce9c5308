"""Three brokers in KRaft, each with a listener in plain text and one behind SASL and TLS."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka.admin import AdminClient

from auditor.processes import free_port
from auditor.waiting import until

from .certificates import Authority
from .services import Service

USER, PASSWORD = "telemetron", "secret-of-kafka"
# Of the cluster, in the form that Kafka writes.
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
_START_SECONDS = 90.0

_PROPERTIES = """\
process.roles=broker,controller
node.id={node}
listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{control}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secure}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
controller.quorum.voters={voters}
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=6000
group.consumer.min.session.timeout.ms=6000
message.max.bytes=13631488
replica.fetch.max.bytes=13631488
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.client.auth=none
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class Brokers:
    """A cluster of three."""

    def __init__(self, home: Path, authority: Authority) -> None:
        home.mkdir()
        self._home = home
        self._jars = f"{os.environ['KAFKA_JARS']}/*"
        key, certificate = authority.sign("kafka", "DNS:localhost,IP:127.0.0.1")
        self._keystore = home / "keystore.pem"
        self._keystore.write_text(key.read_text() + certificate.read_text())
        self._ports = [{p: free_port() for p in ("plain", "secure", "control")} for _ in range(3)]
        self.nodes = [self._node(number) for number in range(3)]

    @property
    def servers(self) -> str:
        """The listeners in plain text."""
        return ",".join(f"127.0.0.1:{ports['plain']}" for ports in self._ports)

    @property
    def secure_servers(self) -> str:
        """The listeners behind SASL and TLS."""
        return ",".join(f"127.0.0.1:{ports['secure']}" for ports in self._ports)

    def start(self) -> None:
        """Formats what is new, starts all, waits until they know each other."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._format, range(3)))
        for node in self.nodes:
            node.start()
        self.await_brokers(3)

    def await_brokers(self, wanted: int) -> None:
        """Waits until so many brokers are members of the cluster."""
        admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})

        def there() -> bool:
            try:
                return len(admin.list_topics(timeout=2).brokers) == wanted
            except Exception:  # noqa: BLE001 - whatever it is, it is not there yet
                return False

        if not until(there, _START_SECONDS, 0.3):
            words = "; ".join(node.last_words(2) for node in self.nodes)
            raise RuntimeError(f"no cluster of {wanted} brokers: {words}")

    def stop(self) -> None:
        """Ends all."""
        for node in self.nodes:
            node.kill()

    def _node(self, number: int) -> Service:
        folder = self._home / f"broker-{number + 1}"
        folder.mkdir()
        voters = ",".join(
            f"{n + 1}@127.0.0.1:{ports['control']}" for n, ports in enumerate(self._ports)
        )
        properties = _PROPERTIES.format(
            node=number + 1,
            voters=voters,
            data=folder / "data",
            keystore=self._keystore,
            **self._ports[number],
        )
        (folder / "server.properties").write_text(properties)
        command = [*self._java("384m"), "kafka.Kafka", "server.properties"]
        return Service(f"broker {number + 1}", command, folder / "console.log")

    def _format(self, number: int) -> None:
        scram = f"SCRAM-SHA-256=[name={USER},password={PASSWORD},iterations=4096]"
        tool = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", "server.properties"]
        done = subprocess.run(
            [*self._java("128m"), *tool, "--add-scram", scram],
            cwd=self._home / f"broker-{number + 1}",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"formatting Kafka's storage: {done.stdout}{done.stderr}")

    def _java(self, heap: str) -> list[str]:
        java = (
            Path(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
        )
        return [str(java), f"-Xmx{heap}", "-XX:+UseSerialGC", "-cp", self._jars]
