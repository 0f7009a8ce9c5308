"""Inputs from bug reports: each brings a program of its own, which says PASS or FAIL."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .host import Host

AT_A_TIME = 6
PATIENCE = 180


def outcomes(folder: Path, only: str, host: Host) -> Iterator[tuple[str, bool | None, str]]:
    """Runs them, a few side by side: name, whether it passed (None: skipped), what it said."""
    programs = [it for it in sorted(folder.glob("*/run.py")) if re.search(only, it.parent.name)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield from pool.map(lambda program: _run(program, host), programs)


def _run(program: Path, host: Host) -> tuple[str, bool | None, str]:
    environment = os.environ | {
        "TELEMETRON_API": host.api_url,
        "TELEMETRON_OTLP": host.otlp_url,
        "TELEMETRON_BIN": str(host.binary),
        "TELEMETRON_DATA_DIR": str(host.data),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if psql := _psql():
        environment.setdefault("TELEMETRON_PSQL", shlex.join([psql, "-d", host.database_url]))
    try:
        done = subprocess.run(
            [sys.executable, str(program)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return program.parent.name, False, f"no answer within {PATIENCE} s"
    if re.search(r"^SKIP ", done.stdout, re.MULTILINE):
        return program.parent.name, None, done.stdout
    return program.parent.name, done.returncode == 0, done.stdout + done.stderr


def _psql() -> str | None:
    """The psql on the path, else the newest of those that Debian keeps beside their Postgres."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/psql")
    kept = sorted(folders, key=lambda file: int(file.parts[-3]))
    return shutil.which("psql") or (str(kept[-1]) if kept else None)
