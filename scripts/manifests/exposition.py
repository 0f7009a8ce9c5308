"""What the platform tells Prometheus: read from a running one, or from one that is started for it.

`TELEMETRON_METRICS` names the addresses of running processes, separated by commas. Else
`TELEMETRON_BIN`, or the binary that cargo built, is run as `telemetron up` for a few seconds.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? \S+", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)

# What the last of those events brings, and how long it may take.
AWAITED = {
    "telemetron_forward_items_total",
    "telemetron_forward_lag_records",
    "telemetron_api_ingest_lag_records",
    "telemetron_api_request_seconds_count",
}
PATIENCE = 30
SPAN = json.dumps({
    "resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "5b8aa5a2d2c872e8321cf37308d69df2",
        "spanId": "051581bf3cb55c13",
        "name": "invoke_agent monitoring",
        "startTimeUnixNano": str(time.time_ns() - 1_000_000),
        "endTimeUnixNano": str(time.time_ns()),
    }]}]}]
}).encode()  # fmt: skip


class Exposition:
    """Metrics with the values of their labels, and the type of each family."""

    def __init__(self) -> None:
        self.labels: dict[str, dict[str, set[str]]] = {}
        self.types: dict[str, str] = {}

    def take(self, text: str) -> None:
        """Adds the answer of one process."""
        self.types |= dict(TYPE.findall(text))
        for metric, labels in SAMPLE.findall(text):
            values = self.labels.setdefault(metric, {})
            for label, value in LABEL.findall(labels):
                values.setdefault(label, set()).add(value)

    def type_of(self, metric: str) -> str | None:
        """The type of the family that a metric belongs to."""
        return self.types.get(metric) or self.types.get(
            re.sub("_(total|bucket|sum|count)$", "", metric)
        )


def binary() -> pathlib.Path | None:
    """The platform's binary, where there is one."""
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/telemetron"
    path = pathlib.Path(os.environ.get("TELEMETRON_BIN", built))
    return path if path.exists() else None


def available() -> bool:
    """Whether there is a platform to ask."""
    return bool(os.environ.get("TELEMETRON_METRICS")) or binary() is not None


def read() -> Exposition:
    """What the platform exposes."""
    exposition = Exposition()
    addresses = os.environ.get("TELEMETRON_METRICS")
    if addresses:
        for address in addresses.split(","):
            exposition.take(get(address))
        return exposition
    with running() as (api, otlp):
        # Some series begin with the first event: a span that is stored and goes on, a request that
        # cannot be read.
        post(f"{otlp}/v1/traces", SPAN)
        post(f"{otlp}/v1/traces", b"{")
        deadline = time.monotonic() + PATIENCE
        while not exposition.labels.keys() >= AWAITED and time.monotonic() < deadline:
            time.sleep(0.2)
            exposition.take(get(f"{api}/metrics"))
    return exposition


@contextlib.contextmanager
def running() -> Iterator[tuple[str, str]]:
    """A platform with ports and data of its own: the addresses of API and OTLP over HTTP."""
    with tempfile.TemporaryDirectory() as data:
        # Run as root, Postgres has a user of its own, who must get in.
        pathlib.Path(data).chmod(0o755)
        forwarded = pathlib.Path(data, "forwarded")
        command = [
            binary(), "up", "--json", "--data-dir", pathlib.Path(data, "data"),
            "--server-port", "0", "--kafka-port", "0",
            "--otlp-grpc-listen", "127.0.0.1:0", "--otlp-http-listen", "127.0.0.1:0",
            "--forward-to", f"file://{forwarded}", "--ollama-base-url", "none",
            "--oracle-kubernetes", "off",
        ]  # fmt: skip
        with pathlib.Path(data, "log").open("w+b") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
            try:
                line = process.stdout.readline()
                if not line:
                    log.seek(0)
                    raise AssertionError(f"the platform did not start:\n{log.read().decode()}")
                told = json.loads(line)
                yield told["api_url"], told["otlp_http"]
            finally:
                process.terminate()
                process.communicate(timeout=60)


def get(address: str) -> str:
    """The body behind an address."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()


def post(address: str, body: bytes) -> http.client.HTTPResponse | None:
    """Sends JSON; a refusal is an answer too."""
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with contextlib.suppress(urllib.error.HTTPError):
        return urllib.request.urlopen(request, timeout=30)
