"""What Kafka holds, by a client that is not the product's."""

from __future__ import annotations

import time
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition

DEAD_LETTERS = "agent-telemetry-dlq"
_TOPICS = "agent-telemetry-"
_SECONDS = 15.0


@dataclass(frozen=True)
class Letter:
    """A message of the dead letters."""

    partition: int
    offset: int
    origin: str
    value: bytes


def _client(servers: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "auditor",
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )


def ends(servers: str) -> dict[tuple[str, int], int]:
    """The offset of the next record of each partition of the record topics."""
    client = _client(servers)
    try:
        topics = client.list_topics(timeout=_SECONDS).topics
        places = [
            (name, partition)
            for name, topic in topics.items()
            if name.startswith(_TOPICS) and name != DEAD_LETTERS
            for partition in topic.partitions
        ]
        return {place: _end(client, *place) for place in places}
    finally:
        client.close()


def _end(client: Consumer, topic: str, partition: int) -> int:
    marks = client.get_watermark_offsets(TopicPartition(topic, partition), timeout=_SECONDS)
    if marks is None:
        raise KafkaException(f"no answer about {topic}/{partition}")
    return int(marks[1])


def letters(servers: str) -> list[Letter]:
    """All dead letters."""
    client = _client(servers)
    try:
        topic = client.list_topics(DEAD_LETTERS, timeout=_SECONDS).topics[DEAD_LETTERS]
        left = {partition: _end(client, DEAD_LETTERS, partition) for partition in topic.partitions}
        left = {partition: end for partition, end in left.items() if end}
        client.assign([TopicPartition(DEAD_LETTERS, partition, 0) for partition in left])
        return _read(client, left)
    finally:
        client.close()


def _read(client: Consumer, left: dict[int, int]) -> list[Letter]:
    found = []
    deadline = time.monotonic() + _SECONDS
    while left and time.monotonic() < deadline:
        message = client.poll(0.5)
        if message is None or message.error():
            continue
        partition, offset = message.partition() or 0, message.offset() or 0
        origin = (message.key() or b"").decode(errors="replace")
        found.append(Letter(partition, offset, origin, message.value() or b""))
        if offset + 1 >= left[partition]:
            del left[partition]
    return found
