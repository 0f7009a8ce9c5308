"""A model server that answers from a script: chat completions and responses, whole or streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Lock
from typing import Any

from . import chat, responses
from .loopback import Handler
from .story import Step, usage

Answer = dict[str, Any]


class Script:
    """The steps of a story, taken one after the other, and what was asked for them."""

    def __init__(self, steps: list[Step]) -> None:
        self.models: set[str] = set()
        self.too_many = 0
        self._steps = steps
        self._taken = 0
        self._lock = Lock()

    def next(self, model: str) -> tuple[int, Step] | None:
        """The next step with its place; nothing when all were taken."""
        with self._lock:
            self.models.add(model)
            if self._taken == len(self._steps):
                self.too_many += 1
                return None
            self._taken += 1
            return self._taken, self._steps[self._taken - 1]

    @property
    def complaint(self) -> str:
        """What is wrong when the program did not take each step once."""
        if self.too_many:
            return f"asked the model {self.too_many} times more than its story has steps"
        if self._taken < len(self._steps):
            return f"took {self._taken} of the {len(self._steps)} steps of its story"
        return ""


class ModelServer(Handler):
    """One conversation of a program with its models."""

    script: Script

    def do_POST(self) -> None:  # noqa: N802
        """Answers with the next step in the form that was asked for."""
        asked = json.loads(self.body())
        form = {"completions": chat, "responses": responses}.get(self.path.rpartition("/")[2])
        if form is None:
            self.reply_json(404, _error(f"no such door: {self.path}"))
        elif (step := self.script.next(asked.get("model", ""))) is None:
            # A status that no client tries again.
            self.reply_json(400, _error("the script has ended"))
        elif "refuse" in step[1]:
            self.reply_json(step[1]["refuse"], _error("not now"))
        else:
            self._answer(form.whole, form.streamed, asked, *step)

    def _answer(
        self,
        whole: Callable[..., Answer],
        streamed: Callable[..., bytes],
        asked: Answer,
        place: int,
        step: Step,
    ) -> None:
        answer = whole(asked["model"], place, step, usage(place))
        if asked.get("stream"):
            self.reply(200, streamed(answer), "text/event-stream")
        else:
            self.reply_json(200, answer)


def _error(words: str) -> Answer:
    return {"error": {"message": words, "type": "server_error", "param": None, "code": None}}
