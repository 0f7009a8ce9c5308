"""A place of its own for each framework, with what its list names in the newest versions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
INSTALL_SECONDS = 900
RUN_SECONDS = 180


class Unable(Exception):
    """Why a framework cannot be tried."""


class Environment:
    """Where one program is installed and runs."""

    def __init__(self, home: Path, program: Path) -> None:
        self._home = home / program.stem
        self._program = program
        self._is_python = program.suffix == ".py"
        self._done = self._home / "installed"

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
        lists = [HERE / "python.txt", self._program.with_suffix(".txt")]
        named = [part for file in lists for part in ("--requirement", str(file))]
        pip = [str(self._python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        self._install([*pip, "install", *named])

    def _install_node(self) -> None:
        (self._home / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
        lists = [HERE / "npm.txt", self._program.with_suffix(".txt")]
        named = [name for file in lists for name in file.read_text().split()]
        # The newest versions often have not agreed on their peers yet; whether they work is tried.
        quiet = ["--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error"]
        self._install(["npm", "install", "--force", *quiet, *named])

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
        self._run(command, os.environ | variables, RUN_SECONDS, "does not run")

    def remove(self) -> None:
        """Takes it away."""
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def _python(self) -> Path:
        return self._home / "bin" / "python"

    def _run(self, command: list[str], variables: dict[str, str], limit: int, what: str) -> None:
        try:
            done = subprocess.run(
                command,
                cwd=self._home,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unable(f"{what}: not done within {limit} s") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            (self._home / "failure.log").write_text(done.stdout + done.stderr)
            raise Unable(f"{what}: {said[-1].strip() if said else f'code {done.returncode}'}")
