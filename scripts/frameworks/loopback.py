"""An HTTP server on a free port of this machine, for as long as a block lasts."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Reads bodies however they come, and answers with the length told."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """The body of the request, unpacked."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            raw = b"".join(self._chunks())
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.headers.get("Content-Encoding", ""):
            case "gzip":
                return gzip.decompress(raw)
            case "deflate":
                return zlib.decompress(raw)
        return raw

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def reply(self, status: int, body: bytes, media_type: str) -> None:
        """Answers."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_json(self, status: int, answer: dict[str, Any]) -> None:
        """Answers with JSON."""
        self.reply(status, json.dumps(answer).encode(), "application/json")

    def log_message(self, *_: Any) -> None:
        """Says nothing: what matters is written down by whom it concerns."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def serving(handler: type[Handler], **known: Any) -> Iterator[str]:
    """Serves with a handler that has what is named as attributes; gives the address."""
    server = _Server(("127.0.0.1", 0), type(handler.__name__, (handler,), known))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
