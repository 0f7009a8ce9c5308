"""What the built binary says of itself: what settings a role reads, and what becomes of them."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import unittest
from pathlib import Path

CHECKED = ("gateway", "consumer", "api")


def binary(variable: str = "TELEMETRON_BIN", name: str = "telemetron") -> Path:
    """The binary; skips the test where it is not built."""
    usual = Path(__file__).resolve().parents[2] / "target" / "debug" / name
    path = Path(os.environ.get(variable) or usual)
    if not path.exists():
        raise unittest.SkipTest(f"{path} is not built; build it, or name one in {variable}")
    return path


def in_effect(role: str, variables: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """The settings of a role with these variables, and those that came from them."""
    done = _run(binary(), [role, "--check-config"], variables)
    if done.returncode != 0:
        raise AssertionError(f"{role} refuses its settings: {done.stderr.strip()}")
    values, given = {}, set()
    for line in done.stdout.splitlines():
        found = re.match(r'(?:# )?(\w+) (?:= "?(.*?)"?|is set and not shown)  # (\w+)', line)
        if found:
            values[found[1].upper()] = found[2]
            if found[3] == "environment":
                given.add(found[1].upper())
    return values, given


@functools.cache
def read_by(path: Path, command: str) -> frozenset[str]:
    """The variables that a command's help names."""
    done = _run(path, [command, "--help"], {})
    if done.returncode != 0:
        raise AssertionError(f"there is no `{path.name} {command}`: {done.stderr.strip()}")
    return frozenset(re.findall(r"\[env: (\w+)", done.stdout))


def _run(
    path: Path, arguments: list[str], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **variables}
    return subprocess.run(
        [path, *arguments], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
