"""Restarts every role of a deployed platform under load, and compares what was accepted with what is stored.

It sends spans over OTLP/HTTP at a steady rate, as an exporter would: a batch that fails is sent
again, with the same ids, until the gateway has accepted it. Meanwhile it restarts one role after
the other with `kubectl rollout restart`. Afterwards it asks the API for every trace that was
accepted: each of its spans must be there, once. The last line says how many spans that was.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime

SPANS_A_TRACE = 10
SENDERS = 4
REQUEST_TIMEOUT = 10.0
AGAIN = 0.2
SETTLED_WITHIN = 120.0


class Load:
    """Sends traces at a rate until it is told to stop, and remembers what was accepted."""

    def __init__(self, otlp: str, rate: float) -> None:
        self._url = f"{otlp}/v1/traces"
        self._pause = SPANS_A_TRACE / rate
        self._due: queue.Queue[list[str] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.accepted: dict[str, list[str]] = {}
        self.failures: Counter[str] = Counter()
        self.slowest = 0.0
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        self._threads.append(threading.Thread(target=self._make))

    def start(self) -> None:
        """Begins to send."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Makes no more; what was made is sent until it is accepted."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _make(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            self._due.put([os.urandom(8).hex() for _ in range(SPANS_A_TRACE)])
            due += self._pause
            self._stop.wait(max(0.0, due - time.monotonic()))
        for _ in range(SENDERS):
            self._due.put(None)

    def _send_all(self) -> None:
        while (spans := self._due.get()) is not None:
            trace, began = os.urandom(16).hex(), time.monotonic()
            body = _body(trace, spans)
            while (failure := self._refused(body)) is not None:
                with self._lock:
                    self.failures[failure] += 1
                time.sleep(AGAIN)
            with self._lock:
                self.accepted[trace] = spans
                self.slowest = max(self.slowest, time.monotonic() - began)

    def _refused(self, body: bytes) -> str | None:
        request = urllib.request.Request(
            self._url, body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT):
                return None
        except urllib.error.HTTPError as error:
            return str(error.code)
        except OSError as error:
            return type(error.reason if hasattr(error, "reason") else error).__name__


def _body(trace: str, spans: list[str]) -> bytes:
    now = time.time_ns()
    made = [
        {
            "traceId": trace,
            "spanId": span,
            "parentSpanId": spans[0] if place else "",
            "name": f"step {place}",
            "kind": 1,
            "startTimeUnixNano": str(now - 2_000_000),
            "endTimeUnixNano": str(now),
            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
        }
        for place, span in enumerate(spans)
    ]
    scope = {"scope": {"name": "rollouts"}, "spans": made}
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [scope]}]}).encode()


def _get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=REQUEST_TIMEOUT) as answer:
        return json.load(answer)


def _until_stored(api: str) -> None:
    sent = datetime.now(UTC)
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline:
        try:
            as_of = _get(f"{api}/api/v1/ingest")["as_of"]
        except OSError:
            as_of = None
        if as_of and datetime.fromisoformat(as_of) > sent:
            return
        time.sleep(AGAIN)
    sys.exit("error: what was accepted is not stored in time; is the consumer ready?")


def _wrong(api: str, accepted: dict[str, list[str]]) -> list[str]:
    """What is wrong about each trace: spans that are missing, or there twice."""
    wrong = []
    for trace, spans in accepted.items():
        try:
            stored = _get(f"{api}/api/v1/traces/{trace}?limit=1000")["spans"]
        except urllib.error.HTTPError as error:
            wrong.append(f"{trace}: {error.code}")
            continue
        found = Counter(span["span_id"] for span in stored)
        if found != Counter(spans):
            wrong.append(f"{trace}: {len(spans)} accepted, {sum(found.values())} stored")
    return wrong


def _restart(role: str, options: argparse.Namespace) -> float:
    began = time.monotonic()
    kubectl = ["kubectl", "--namespace", options.namespace, "rollout"]
    subprocess.run([*kubectl, "restart", role], check=True, stdout=subprocess.DEVNULL)
    limit = f"--timeout={options.patience}s"
    subprocess.run([*kubectl, "status", role, limit], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--otlp", default="http://localhost:4318", help="the gateway's address")
    parser.add_argument("--api", default="http://localhost:8080", help="the API's address")
    parser.add_argument("--rate", type=float, default=300, help="spans a second")
    parser.add_argument("--namespace", default="telemetry")
    parser.add_argument("--patience", type=int, default=180, help="seconds for one rollout")
    parser.add_argument(
        "--restart",
        action="append",
        metavar="KIND/NAME",
        help="what is restarted, in this order; every role otherwise",
    )
    return parser.parse_args()


def main() -> int:
    """Sends, restarts and compares."""
    options = _options()
    load = Load(options.otlp.rstrip("/"), options.rate)
    roles = ("consumer", "gateway", "api", "dashboard")
    load.start()
    try:
        time.sleep(5)
        for role in options.restart or [f"deployment/telemetron-{role}" for role in roles]:
            took = _restart(role, options)
            print(f"{role} was restarted within {took:.0f} s", flush=True)
            time.sleep(5)
    finally:
        load.stop()
    tried = ", ".join(f"{count} x {what}" for what, count in sorted(load.failures.items()))
    print(f"slowest acceptance {load.slowest:.1f} s; sent again: {tried or 'nothing'}", flush=True)
    _until_stored(options.api.rstrip("/"))
    wrong = _wrong(options.api.rstrip("/"), load.accepted)
    for line in wrong[:20]:
        print(line)
    spans = sum(len(spans) for spans in load.accepted.values())
    traces = len(load.accepted)
    print(f"{spans} spans of {traces} traces accepted; {len(wrong)} traces are not stored as accepted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
