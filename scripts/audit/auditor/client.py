"""HTTP as a user speaks it: one request, one answer, and never a wait without end."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

_UNANSWERED = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Answer:
    """An answer; status 0 when there was none."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it was taken."""
        return self.status == 200

    def json(self) -> Any:
        """The body as JSON; an empty object when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Client:
    """Requests to one port of this machine. Not shared between threads."""

    def __init__(self, port: int, patience: float = 10.0) -> None:
        self._port = port
        self._patience = patience
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """Asks."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: bytes, content_type: str) -> Answer:
        """Sends."""
        return self._ask("POST", path, body, {"content-type": content_type})

    def close(self) -> None:
        """Gives the connection up."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=self._patience
                )
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return Answer(response.status, response.read())
        except _UNANSWERED as error:
            self.close()
            return Answer(0, str(error).encode())
