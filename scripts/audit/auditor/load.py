"""A load that never gives up on a record before it is acknowledged, as exporters should."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from . import bodies
from .doors import JSON, PROTOBUF, HttpDoor, KafkaDoor, Message, Outcome, Request
from .ledger import Entry, Ledger
from .records import Source, Span
from .waiting import pass_time

_PAUSE = 0.25
_REPEATED = 0.15
_STARTED_FIRST = 0.3


class Worker(threading.Thread):
    """Sends through one door until it is told to stop; then finishes what it has in hand."""

    def __init__(self, door: str, source: Source, ledger: Ledger, rate: float) -> None:
        super().__init__(name=door, daemon=True)
        self.door = door
        self.source = source
        self.ledger = ledger
        self.refused: list[str] = []
        self.last_words = ""
        self.stop = threading.Event()
        self.give_up = threading.Event()
        self._every = 1 / rate

    def run(self) -> None:
        """Sends at its pace; a request in seven or so goes twice."""
        while not self.stop.is_set():
            began = time.monotonic()
            for request in self.requests():
                if self._deliver(request) and self.source.random.random() < _REPEATED:
                    self._deliver(request, again=True)
            pass_time(self._every - (time.monotonic() - began), self.stop)
        self.hang_up()

    def requests(self) -> Iterator[Any]:
        """What is sent next."""
        raise NotImplementedError

    def attempt(self, request: Any) -> tuple[Outcome, str]:
        """Sends it once."""
        raise NotImplementedError

    def entries(self, request: Any) -> list[Entry]:
        """The records in a request."""
        return list(request.entries)

    def hang_up(self) -> None:
        """Closes the door."""

    def _deliver(self, request: Any, again: bool = False) -> bool:
        """Sends until it is acknowledged; false when it is refused or given up."""
        entries = self.entries(request)
        self.ledger.send(entries)
        while not self.give_up.is_set():
            outcome, self.last_words = self.attempt(request)
            if outcome is Outcome.ACKNOWLEDGED:
                self.ledger.acknowledge(self.door, entries, again)
                return True
            if outcome is Outcome.REFUSED:
                self.refused.append(f"{self.door}: {self.last_words}")
                return False
            pass_time(_PAUSE, self.give_up)
        return False


class _Http(Worker):
    def __init__(self, door: str, port: int, source: Source, ledger: Ledger, rate: float) -> None:
        super().__init__(door, source, ledger, rate)
        self._http = HttpDoor(port)

    def attempt(self, request: Request) -> tuple[Outcome, str]:
        return self._http.send(request)

    def hang_up(self) -> None:
        self._http.close()


class SpansOverHttp(_Http):
    """Spans as OTLP, JSON or protobuf; some are told at their start as well."""

    def requests(self) -> Iterator[Request]:
        """A few traces, some of them in two parts."""
        draw = self.source.random
        traces = [self.source.trace(draw.randrange(2, 8)) for _ in range(3)]
        spans = [span for trace in traces for span in trace]
        early = [span.running() for span in spans if draw.random() < _STARTED_FIRST]
        if early:
            yield self._request(early)
        draw.shuffle(spans)
        yield self._request(spans)

    def _request(self, spans: list[Span]) -> Request:
        entries = [span.entry() for span in spans]
        if self.door.endswith("protobuf"):
            body = bodies.spans_protobuf(self.source.project, spans)
            return Request("/v1/traces", body, PROTOBUF, entries)
        body = bodies.spans_json(self.source.project, spans)
        return Request("/v1/traces", body, JSON, entries)


class Notes(_Http):
    """Log records, metric points, and the tools of a session of Claude Code."""

    def requests(self) -> Iterator[Request]:
        """One request of each sort."""
        yield self._logs()
        yield self._points()
        yield from self._tool()

    def _logs(self) -> Request:
        records, entries = [], []
        trace_id = self.source.trace(1)[0].trace_id
        for number in range(self.source.random.randrange(1, 6)):
            mark, now = self.source.mark(), time.time_ns()
            record: dict[str, Any] = {"timeUnixNano": str(now), "severityNumber": 9}
            record["body"] = {"stringValue": f"log {mark}"}
            inside = number % 2 == 0
            if inside:
                record["traceId"] = trace_id
            records.append(record)
            facts = {"message": f"log {mark}", "time": now, "trace": trace_id if inside else None}
            entries.append(Entry("log", mark, 1, facts))
        return Request("/v1/logs", bodies.logs_json(self.source.project, records), JSON, entries)

    def _points(self) -> Request:
        name = f"{self.source.project}.{self.source.random.randrange(4)}"
        now, value = time.time_ns(), self.source.random.randrange(1, 1_000_000)
        point = {"timeUnixNano": str(now), "asDouble": value}
        body = bodies.metrics_json(
            self.source.project, [{"name": name, "gauge": {"dataPoints": [point]}}]
        )
        entry = Entry("point", f"{name}@{now}", 1, {"value": float(value)})
        return Request("/v1/metrics", body, JSON, [entry])

    def _tool(self) -> Iterator[Request]:
        mark = self.source.mark()
        common = {
            "session_id": f"{self.source.project}-hooks",
            "prompt_id": f"prompt-{mark}",
            "tool_name": "Read",
            "tool_use_id": mark,
            "tool_input": {"file_path": mark},
        }
        for rank, name, status in ((1, "PreToolUse", "RUNNING"), (2, "PostToolUse", "COMPLETED")):
            hook = common | {"hook_event_name": name}
            if rank == 2:
                hook["tool_response"] = {"content": mark}
            facts = {"status": status, "input": mark, "output": mark if rank == 2 else None}
            entry = Entry("tool", mark, rank, facts)
            body = json.dumps(hook).encode()
            yield Request("/hooks/claude-code", body, JSON, [entry])


class SpansOverKafka(Worker):
    """Spans as the SDK writes them, and now and then a record that nobody can read."""

    def __init__(self, servers: str, source: Source, ledger: Ledger, rate: float) -> None:
        super().__init__("kafka", source, ledger, rate)
        self._kafka = KafkaDoor(servers)

    def requests(self) -> Iterator[list[tuple[Message, Entry]]]:
        """A trace, told at starts and ends."""
        draw = self.source.random
        messages = []
        for span in self.source.trace(draw.randrange(2, 12)):
            if draw.random() < _STARTED_FIRST:
                messages.append(self._message(span.running()))
            messages.append(self._message(span))
        if draw.random() < 0.15:
            mark = self.source.mark()
            broken = f'{{"audit.mark": "{mark}", "trace_id": 7}}'.encode()
            messages.append((Message(None, broken), Entry("poison", mark, 1, {"mark": mark})))
        yield messages

    def entries(self, request: list[tuple[Message, Entry]]) -> list[Entry]:
        """The records of these messages."""
        return [entry for _, entry in request]

    def attempt(self, request: list[tuple[Message, Entry]]) -> tuple[Outcome, str]:
        """Sends them once."""
        return self._kafka.send([message for message, _ in request])

    def hang_up(self) -> None:
        """Gives the client up."""
        self._kafka.close()

    @staticmethod
    def _message(span: Span) -> tuple[Message, Entry]:
        return Message(span.trace_id, bodies.span_on_kafka(span)), span.entry()


class Load:
    """All workers together."""

    def __init__(
        self, seed: int, run: str, ports: dict[str, int], ledger: Ledger, servers: str
    ) -> None:
        def source(worker: str) -> Source:
            return Source(seed, run, worker)

        otlp = ports["otlp"]
        self.workers: list[Worker] = [
            SpansOverHttp("otlp json", otlp, source("json"), ledger, 6),
            SpansOverHttp("otlp protobuf", otlp, source("protobuf"), ledger, 6),
            SpansOverKafka(servers, source("kafka"), ledger, 10),
            Notes("logs, metrics, hooks", otlp, source("notes"), ledger, 4),
        ]

    def start(self) -> None:
        """Begins."""
        for worker in self.workers:
            worker.start()

    def stop(self) -> None:
        """Begins no more requests; those begun go on until they are acknowledged."""
        for worker in self.workers:
            worker.stop.set()

    def busy(self) -> list[Worker]:
        """The workers that still have something in hand."""
        return [worker for worker in self.workers if worker.is_alive()]

    def end(self) -> None:
        """Gives up what is not acknowledged."""
        for worker in self.workers:
            worker.stop.set()
            worker.give_up.set()
        for worker in self.workers:
            worker.join(timeout=30)

    def refused(self) -> list[str]:
        """Requests that were refused though nothing is wrong with them."""
        return [words for worker in self.workers for words in worker.refused]
