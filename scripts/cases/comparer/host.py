"""The platform that is asked: one that runs, or one of its own in a fresh directory."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from auditor.client import Client
from auditor.platform import Platform

from .case import Case, Request

PATIENCE = 60.0
PAUSE = 0.1


class Unsettled(Exception):
    """What was sent is not stored, or not taken."""


class Host:
    """Sends and asks."""

    def __init__(self, binary: Path, data: Path, home: Path | None) -> None:
        self.binary = binary
        self.data = data
        self._own = Platform(binary, home) if home else None

    def __enter__(self) -> Host:
        if self._own:
            self._own.start()
            self._own.await_ready()
            self.data = self._own.data
        said = json.loads((self.data / "endpoints.json").read_text())
        self.api_url, self.otlp_url = said["api_url"], said["otlp_http"]
        self.database_url: str = said["database_url"]
        self.api = Client(urlsplit(self.api_url).port or 0, 30)
        self.otlp = Client(urlsplit(self.otlp_url).port or 0, 30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._own:
            self._own.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """Asks the API; an answer that is no 200 is an error."""
        answer = self.api.get(path + ("?" + urlencode(parameters) if parameters else ""))
        if not answer.ok:
            raise Unsettled(f"{path}: {answer.status} {answer.body[:200]!r}")
        return answer.json()

    def send(self, request: Request) -> None:
        """Sends a request; it must be taken."""
        answer = self.otlp.post(request.path, request.body, request.content_type)
        if not answer.ok:
            raise Unsettled(f"{request.path}: {answer.status} {answer.body[:200]!r}")

    def bring(self, case: Case) -> None:
        """Sends or imports a case."""
        if not case.is_import:
            for request in case.requests:
                self.send(request)
            return
        command = [str(self.binary), "import", "--data-dir", str(self.data)]
        command += [str(file) for file in case.files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unsettled(done.stderr)

    def settle(self) -> None:
        """Waits until everything that was sent before is stored."""
        sent = datetime.now(UTC)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            as_of = self.get("/api/v1/ingest")["as_of"]
            if as_of and datetime.fromisoformat(as_of) > sent:
                return
            time.sleep(PAUSE)
        raise Unsettled("what was sent is not stored")

    def traces(self) -> set[str]:
        """The ids of all traces that are listed."""
        found: set[str] = set()
        parameters: dict[str, Any] = {"limit": 200}
        while True:
            page = self.get("/api/v1/traces", **parameters)
            found |= {trace["trace_id"] for trace in page["items"]}
            if not page.get("next"):
                return found
            parameters["cursor"] = page["next"]

    def whole(self, trace: str, follow: str = "") -> dict[str, Any]:
        """A trace, or the run that it belongs to, with all spans, payloads, graph and diagnosis."""
        path = f"/api/v1/traces/{trace}"
        as_one = {"follow": follow} if follow else {}
        answer = self.get(path, include="payloads", limit=1000, **as_one)
        answer["graph"] = self.get(f"{path}/graph", **as_one)
        answer["diagnosis"] = self.get(f"{path}/diagnosis", **as_one)
        return answer

    def runs(self, traces: set[str], follow: str) -> list[dict[str, Any]]:
        """The runs that these traces make, each once."""
        found: dict[str, dict[str, Any]] = {}
        seen: set[str] = set()
        for trace in sorted(traces):
            if trace not in seen:
                run = self.whole(trace, follow)
                seen |= {one["trace_id"] for one in run["run"]["traces"]}
                found[run["run"]["trace_id"]] = run
        return list(found.values())
