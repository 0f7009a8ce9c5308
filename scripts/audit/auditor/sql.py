"""Rows of the platform's own Postgres, read and managed through psql."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any


class Failed(Exception):
    """Postgres did not answer, or refused."""


class Database:
    """One database, by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def execute(self, statements: str, seconds: float = 30.0) -> str:
        """Runs statements, each on its own; gives back what they print."""
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-f", "-"]
        environment = os.environ | {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "auditor"}
        try:
            done = subprocess.run(
                command,
                input=statements,
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise Failed(f"no answer within {seconds} s") from late
        if done.returncode:
            raise Failed(done.stderr.strip())
        return done.stdout

    def rows(self, query: str, seconds: float = 60.0) -> list[dict[str, Any]]:
        """The rows of a query, each as an object."""
        text = self.execute(f"SELECT row_to_json(r) FROM ({query}) r;\n", seconds)
        return [json.loads(line) for line in text.splitlines()]
