"""A place of its own for each framework, with what its list names in the newest versions."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
INSTALL_SECONDS = 900
RUN_SECONDS = 120


class Unable(Exception):
    """Why a framework cannot be tried."""


def _package(named: str) -> str:
    """The package that a line of a list names, without extras and version."""
    return re.match(r"@?[^@\[]+", named)[0]


class Environment:
    """Where one program is installed and runs."""

    def __init__(self, home: Path, program: Path) -> None:
        self._home = home / program.stem
        self._program = program
        self._is_python = program.suffix == ".py"
        self._done = self._home / "installed"
        self._log = home / "logs" / f"{program.stem}.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")

    def install(self, keep: bool) -> None:
        """Makes it anew, or takes one that is there and was told to be kept."""
        if keep and self._done.exists():
            return
        self.remove()
        self._home.mkdir(parents=True)
        if self._is_python:
            self._install_python()
        else:
            self._install_node()
        self._done.touch()

    def _install_python(self) -> None:
        self._install([sys.executable, "-m", "venv", str(self._home)])
        # The framework first: where newest versions do not agree, the first named keeps its own.
        lists = [self._program.with_suffix(".txt"), HERE / "python.txt"]
        named = [part for file in lists for part in ("--requirement", str(file))]
        pip = [str(self._python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        self._install([*pip, "install", *named])

    def _install_node(self) -> None:
        (self._home / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
        # What the program's list names in a version of its own is not asked for again in the newest.
        named = {_package(name): name for name in self._names(HERE / "npm.txt")}
        named |= {_package(name): name for name in self._names(self._program.with_suffix(".txt"))}
        # The newest versions often have not agreed on their peers yet; whether they work is tried.
        quiet = ["--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error"]
        self._install(["npm", "install", "--force", *quiet, *named.values()])

    @staticmethod
    def _names(file: Path) -> list[str]:
        return file.read_text().split()

    def _install(self, command: list[str]) -> None:
        self._run(command, dict(os.environ), INSTALL_SECONDS, "cannot be installed")

    def run(self, variables: dict[str, str]) -> None:
        """Runs the program; with an error when it does not end well."""
        if self._is_python:
            command = [str(self._python), str(self._program)]
        else:
            # Modules are looked for from where a program lies.
            for file in PROGRAMS.glob("*.mjs"):
                shutil.copy(file, self._home)
            command = ["node", str(self._home / self._program.name)]
        # Settings of whoever runs this would send telemetry or questions elsewhere.
        others = ("OTEL_", "OPENAI_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        self._run(command, kept | variables, RUN_SECONDS, "does not run")

    @property
    def versions(self) -> list[str]:
        """What was installed of that which the program's own list names."""
        named = [_package(name) for name in self._names(self._program.with_suffix(".txt"))]
        if self._is_python:
            found = {
                it.metadata["Name"].lower(): it.version
                for it in metadata.distributions(path=[str(self._packages)])
            }
        else:
            found = {
                name: json.loads((self._packages / name / "package.json").read_text())["version"]
                for name in named
            }
        return [f"{name} {found.get(name.lower(), '?')}" for name in named]

    @property
    def _packages(self) -> Path:
        if self._is_python:
            return next((self._home / "lib").glob("python3.*")) / "site-packages"
        return self._home / "node_modules"

    def remove(self) -> None:
        """Takes it away."""
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def _python(self) -> Path:
        return self._home / "bin" / "python"

    def _run(self, command: list[str], variables: dict[str, str], limit: int, what: str) -> None:
        """Runs a command with all that it starts; what it says goes to the log."""
        with self._log.open("ab") as log:
            running = subprocess.Popen(
                command,
                cwd=self._home,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            code = running.wait(limit)
        except subprocess.TimeoutExpired:
            raise Unable(f"{what}: not done within {limit} s") from None
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
        if code:
            raise Unable(f"{what}: {self._reason() or f'code {code}'}")

    def _reason(self) -> str:
        """The line of the log that tells most: the last error of Python, else the first of all."""
        said = self._log.read_text(errors="replace").splitlines()
        lines = [line.strip() for line in said if line.strip()]
        raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
        told = [line for line in lines if "error" in line.lower()]
        return (raised[-1:] or told[:1] or lines[-1:] or [""])[0][:300]
