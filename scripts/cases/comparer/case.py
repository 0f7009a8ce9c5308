"""A recorded program: its requests, in order, and what it really did."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from . import wire

_BODY = re.compile(r"(?P<name>.+)-(?P<place>\d+)\.(?P<signal>[a-z_-]+)\.(?P<form>bin|json)")
IMPORT = "import"


@dataclass(frozen=True)
class Request:
    """One body, and where it goes."""

    path: str
    body: bytes
    is_json: bool

    @property
    def content_type(self) -> str:
        """The media type of the body."""
        return "application/json" if self.is_json else "application/x-protobuf"

    @property
    def is_spans(self) -> bool:
        """Whether it can be taken apart into spans."""
        return self.path.endswith("/v1/traces")

    @property
    def is_hook(self) -> bool:
        """Whether it is an event of Claude Code's hooks."""
        return "/hooks/" in self.path


class Case:
    """A program with its expectation."""

    def __init__(self, expectation: Path) -> None:
        self.name = expectation.name.removesuffix(".expect.json")
        self.folder = expectation.parent
        self.wanted: dict[str, Any] = json.loads(expectation.read_text())
        self._forget_what_was_not_sent()

    def _forget_what_was_not_sent(self) -> None:
        """Takes out of the expectation what no request tells, and says so."""
        lacking = []
        if errors := self.wanted.get("errors"):
            words = [it[1] if isinstance(it, list) else it for it in errors]
            left = [it for it, said in zip(errors, words, strict=True) if self.tells(said)]
            lacking += [said for said in words if not self.tells(said)]
            self.wanted["errors"] = left or None
        for name in ("model", "input_has", "prompt", "output_has", "answer"):
            if self.wanted.get(name) and not self.tells(self.wanted[name]):
                lacking.append(self.wanted.pop(name))
        llm = self.wanted.get("llm", {})
        if llm.get("models") and not any(self.tells(model) for model in llm["models"]):
            lacking += llm.pop("models")
        if lacking:
            print(f"{self.name}: its producer does not send {', '.join(map(repr, lacking))}")

    @property
    def is_import(self) -> bool:
        """Whether it is a file for `telemetron import` rather than requests."""
        return any(request["to"] == IMPORT for request in self.wanted.get("requests", []))

    @property
    def files(self) -> list[Path]:
        """The files that are imported."""
        return [self.folder / request["file"] for request in self.wanted.get("requests", [])]

    @cached_property
    def requests(self) -> list[Request]:
        """What the program sent."""
        if "requests" in self.wanted:
            named = [(self.folder / it["file"], it["to"]) for it in self.wanted["requests"]]
            return [_request(file, to) for file, to in named]
        found = []
        for file in self.folder.iterdir():
            match = _BODY.fullmatch(file.name)
            if match and match["name"] == self.name:
                found.append((int(match["place"]), file, match["signal"]))
        return [_request(file, _address(signal)) for _, file, signal in sorted(found)]

    def tells(self, words: str) -> bool:
        """Whether any body has these words: what the producer never sent cannot be understood."""
        bodies = [file.read_bytes() for file in self.files] if self.is_import else []
        bodies += [] if self.is_import else [it.body for it in self.requests]
        return any(words.lower().encode() in body.lower() for body in bodies)

    @cached_property
    def traces(self) -> set[str]:
        """The traces that its requests name."""
        named = (
            wire.traces_of(it.body, it.path, it.is_json)
            for it in self.requests
            if "/v1/" in it.path
        )
        return set().union(*named)


def _request(file: Path, to: str) -> Request:
    return Request(to, file.read_bytes(), file.suffix == ".json")


def _address(signal: str) -> str:
    if signal.startswith("hooks"):
        return "/hooks/claude-code"
    return f"/v1/{signal}"


def cases(folder: Path, only: str) -> list[Case]:
    """The cases of a folder and of those below it whose names match."""
    found = [Case(file) for file in sorted(folder.rglob("*.expect.json"))]
    return [case for case in found if re.search(only, case.name)]
