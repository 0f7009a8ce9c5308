"""Topics, doors and losses of a cluster of three brokers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from auditor.waiting import until

from .audited import Audited, while_it_runs
from .brokers import PASSWORD, USER, Brokers
from .certificates import Authority
from .checks import Checks, must
from .product import ForeignPlatform, Product

# How long telling what is wrong may take, in seconds; starting the program included.
TELL_SECONDS = 5.0
_SPANS = "agent-telemetry-spans"


def topics(checks: Checks, product: Product, brokers: Brokers) -> None:
    """`topics create` makes what a cluster needs, and compares what it finds."""
    plain = {"KAFKA_BOOTSTRAP_SERVERS": brokers.servers}

    def created() -> str:
        made = product.run(plain, "topics", "create", "--kafka-partitions", "12")
        must(made.code == 0, made.words)
        copies, in_sync, partitions = _described(brokers, _SPANS)
        found = f"{partitions} partitions, {copies} copies, {in_sync} in sync"
        must((partitions, copies, in_sync) == (12, 3, 2), found)
        return found

    def compared() -> str:
        prefix = {"KAFKA_TOPIC_PREFIX": "lonely.", "KAFKA_REPLICATION": "1"}
        made = product.run(plain | prefix, "topics", "create")
        warned = any(
            word in made.words.lower() for word in ("replicated", "alone", "one copy", "one broker")
        )
        must(warned and made.code == 0, f"one copy is not worth a word: {made.words}")
        must(until(lambda: _copies(brokers, f"lonely.{_SPANS}") == 1, 10), f"not one: {made.words}")
        again = product.run(plain | {"KAFKA_TOPIC_PREFIX": "lonely."}, "topics", "create")
        must("1" in again.words and "as planned" not in again.words, again.words)
        return last_line(again.words)

    checks.check("the example of the help makes topics with three copies, two in sync", created)
    checks.check("one copy is warned of, and is not as planned where three are asked", compared)


def _copies(brokers: Brokers, topic: str) -> int:
    """The copies of a topic, once every broker knows it; none while one does not."""
    found = []
    for server in brokers.servers.split(","):
        admin = AdminClient({"bootstrap.servers": server, "log_level": 0})
        partitions = admin.list_topics(topic, timeout=10).topics[topic].partitions
        found.append(min((len(each.replicas) for each in partitions.values()), default=0))
    return min(found)


def _described(brokers: Brokers, topic: str) -> tuple[int, int, int]:
    until(lambda: _copies(brokers, topic) > 0, 10)
    admin = AdminClient({"bootstrap.servers": brokers.servers, "log_level": 0})
    partitions = admin.list_topics(topic, timeout=10).topics[topic].partitions
    resource = ConfigResource(ResourceType.TOPIC, topic)
    settings = admin.describe_configs([resource])[resource].result(10)
    in_sync = int(settings["min.insync.replicas"].value)
    return _copies(brokers, topic), in_sync, len(partitions)


def doors(checks: Checks, product: Product, brokers: Brokers, ours: Authority, other: Path) -> None:
    """SASL and TLS: right, and wrong in four ways that are told apart."""
    right = {
        "KAFKA_BOOTSTRAP_SERVERS": brokers.secure_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_SSL_CA_LOCATION": str(ours.file),
    }
    wrong: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
        "a wrong password": ({"KAFKA_SASL_PASSWORD": "guessed"}, ("authentication", "password")),
        "an unknown CA": ({"KAFKA_SSL_CA_LOCATION": str(other)}, ("certificate",)),
        "a wrong mechanism": ({"KAFKA_SASL_MECHANISM": "PLAIN"}, ("mechanism",)),
        "plain text to a TLS port": (
            {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"},
            ("tls", "ssl", "encrypted"),
        ),
    }

    def welcome() -> None:
        made = product.run(right, "topics", "create")
        must(made.code == 0, made.words)

    checks.check("SASL_SSL with our own CA works", welcome)
    told: dict[str, str] = {}
    for name, (change, words) in wrong.items():
        checks.check(
            f"{name}: the command says so", _command(product, name, right | change, words, told)
        )
        checks.check(f"{name}: /ready says so", _readiness(product, right | change, words))

    def apart() -> None:
        must(len(set(told.values())) == len(wrong), str(told))

    checks.check("the four are told apart", apart)


def _command(
    product: Product,
    name: str,
    variables: dict[str, str],
    words: tuple[str, ...],
    told: dict[str, str],
) -> Callable[[], str]:
    def act() -> str:
        made = product.run(variables, "topics", "create", seconds=30)
        said = last_line(made.words)
        told[name] = said
        must(made.code not in (0, -1), f"ended with {made.code}: {said}")
        must(any(word in made.words.lower() for word in words), f"none of {words}: {said}")
        must(made.seconds < TELL_SECONDS, f"after {made.seconds:.1f} s: {said}")
        return said

    return act


def _readiness(
    product: Product, variables: dict[str, str], words: tuple[str, ...]
) -> Callable[[], str]:
    def act() -> str:
        said = product.reason(variables, TELL_SECONDS)
        must(bool(said), f"/ready gives no reason within {TELL_SECONDS:.0f} s")
        must(any(word in said.lower() for word in words), f"none of {words}: {said}")
        return said

    return act


def losses(checks: Checks, platform: ForeignPlatform, brokers: Brokers) -> None:
    """One broker of three goes, then a second one; both come back."""

    def one(audited: Audited) -> str:
        brokers.nodes[0].kill()
        took = audited.flows()
        brokers.nodes[0].start()
        brokers.await_brokers(3)
        audited.becomes_ready()
        return f"flows {took:.1f} s after one of three is gone"

    def two(audited: Audited) -> str:
        for node in brokers.nodes[1:]:
            node.kill()
        said = audited.says_not_ready("kafka")
        for node in brokers.nodes[1:]:
            node.start()
        brokers.await_brokers(3)
        took = audited.flows()
        audited.becomes_ready()
        return f"flows {took:.1f} s after two are back; meanwhile /ready said {said}"

    checks.check("one broker of three is lost: nothing stops", lambda: while_it_runs(platform, one))
    checks.check(
        "two are lost and come back: nothing is lost", lambda: while_it_runs(platform, two)
    )


def last_line(words: str) -> str:
    """The last line of an output; of JSON, its `message`."""
    lines = words.splitlines() or [""]
    try:
        return str(json.loads(lines[-1])["message"])
    except (ValueError, KeyError, TypeError):
        return lines[-1]
