"""The doors: OTLP over HTTP, the hooks of Claude Code, and the topics of Kafka themselves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import Enum

from confluent_kafka import KafkaException, Producer

from .client import Client
from .ledger import Entry

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SPANS_TOPIC = "agent-telemetry-spans"


class Outcome(Enum):
    """What became of a request."""

    ACKNOWLEDGED = "acknowledged"
    AGAIN = "to be sent again"
    REFUSED = "refused"


@dataclass(frozen=True)
class Request:
    """Bytes for a door, and the records in them."""

    path: str
    body: bytes
    content_type: str
    entries: list[Entry] = field(hash=False)


@dataclass(frozen=True)
class Message:
    """A message for a topic."""

    key: str | None
    value: bytes


class HttpDoor:
    """The gateway's port. Not shared between threads."""

    name = "http"

    def __init__(self, port: int) -> None:
        self._client = Client(port, patience=15.0)

    def send(self, request: Request) -> tuple[Outcome, str]:
        """Sends once; says what became of it, and in what words."""
        answer = self._client.post(request.path, request.body, request.content_type)
        words = answer.body[:300].decode(errors="replace")
        if answer.ok:
            rejected = answer.json().get("partialSuccess", {}) if answer.body[:1] == b"{" else {}
            return (Outcome.REFUSED, words) if rejected else (Outcome.ACKNOWLEDGED, words)
        again = answer.status in (0, 408, 429, 500, 502, 503, 504)
        return (Outcome.AGAIN if again else Outcome.REFUSED), f"{answer.status} {words}"

    def close(self) -> None:
        """Hangs up."""
        self._client.close()


class KafkaDoor:
    """Kafka itself, by a client that is not the product's. Not shared between threads."""

    name = "kafka"

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._producer = self._made()

    def send(self, messages: list[Message]) -> tuple[Outcome, str]:
        """Sends messages and waits for all of them; a client that gets none through is replaced."""
        failures: list[str] = []
        left = len(messages)
        done = threading.Event()

        def delivered(error: object, _message: object) -> None:
            nonlocal left
            left -= 1
            if error is not None:
                failures.append(str(error))
            if left == 0:
                done.set()

        try:
            for message in messages:
                self._producer.produce(
                    SPANS_TOPIC, message.value, message.key, on_delivery=delivered
                )
        except (BufferError, KafkaException) as error:
            return self._replaced(str(error))
        deadline = time.monotonic() + 15
        while not done.is_set() and time.monotonic() < deadline:
            self._producer.poll(0.05)
        if failures or not done.is_set():
            return self._replaced(failures[0] if failures else "no acknowledgement within 15 s")
        return Outcome.ACKNOWLEDGED, ""

    def close(self) -> None:
        """Gives up what is on its way."""
        self._producer.purge()
        self._producer.flush(1)

    def _replaced(self, why: str) -> tuple[Outcome, str]:
        self.close()
        self._producer = self._made()
        return Outcome.AGAIN, why

    def _made(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self._servers,
                "acks": "all",
                "linger.ms": 2,
                "message.timeout.ms": 12_000,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
