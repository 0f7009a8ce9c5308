"""Takes OTLP requests over HTTP and keeps their bodies as files, as a case has them."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from .loopback import Handler

SIGNALS = ("traces", "logs", "metrics")


class Recording:
    """The requests of one program, numbered as they came."""

    def __init__(self, folder: Path, name: str) -> None:
        self.requests: list[dict[str, str]] = []
        self._folder = folder
        self._name = name
        self._lock = Lock()

    def keep(self, path: str, signal: str, body: bytes, is_json: bool) -> None:
        """Writes one body down, and where it was sent to."""
        form = "json" if is_json else "bin"
        with self._lock:
            file = self._folder / f"{self._name}-{len(self.requests) + 1}.{signal}.{form}"
            file.write_bytes(body)
            self.requests.append({"file": file.name, "to": path})


class Recorder(Handler):
    """Takes everything: whether it is understood is asked later."""

    recording: Recording

    def do_POST(self) -> None:  # noqa: N802
        """Keeps a request of one of the signals; others have come to the wrong door."""
        body = self.body()
        signal = self.path.rstrip("/").rpartition("/")[2]
        if signal not in SIGNALS:
            self.reply_json(404, {"message": f"no such door: {self.path}"})
            return
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        self.recording.keep(self.path, signal, body, is_json)
        if is_json:
            self.reply_json(200, {})
        else:
            self.reply(200, b"", "application/x-protobuf")
