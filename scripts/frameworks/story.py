"""What a program is to do: the answers of its model, and so all that is true of the run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Step = dict[str, Any]


@dataclass(frozen=True)
class Usage:
    """The tokens of one answer."""

    input: int
    output: int
    cached: int
    reasoning: int


def usage(place: int) -> Usage:
    """Tokens that differ from answer to answer, so that no sum comes right by chance."""
    return Usage(100 + 10 * place, 20 + 3 * place, 64 if place == 2 else 0, 7 if place == 3 else 0)


class Story:
    """The script of one program.

    Each step is an answer: `say` is a text, `call` a tool with the arguments `with`, which `gives`
    or `fails`, or which `hands_to` or `delegates_to` an agent; `refuse` is a status instead. A step
    that has both `say` and `call` is a text in which the framework finds the call; one that has
    `answers` is a call with which the framework lets an agent give this answer.
    """

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        self._told: dict[str, Any] = json.loads(file.read_text())
        self.question: str = self._told["question"]
        self.steps: list[Step] = self._told["steps"]
        self.variables: dict[str, str | None] = self._told.get("variables", {})
        self._unasked: list[str] = self._told.get("unasked", [])

    def expectation(self, models: set[str], requests: list[dict[str, str]]) -> dict[str, Any]:
        """What is true of a run that took every step, in the words of the comparer."""
        answers = [words for it in self.steps if (words := _answer(it))]
        wanted = {
            "traces": 1,
            # A run whose last step is no answer has died of it.
            "status": "COMPLETED" if _answer(self.steps[-1]) else "FAILED",
            **self._passed_on(),
            "tools": [
                [it["call"], it.get("with", {}), it.get("gives")]
                for it in self.steps
                if "gives" in it or "fails" in it
            ],
            "errors": [
                [it["call"], it["fails"], it.get("class", "tool")]
                for it in self.steps
                if "fails" in it
            ],
            "input_has": self.question,
            "output_has": answers[-1] if answers else None,
            "llm": self._calls(models),
            "requests": requests,
        }
        wanted |= self._tokens(wanted["llm"])
        wanted |= self._told.get("expect", {})
        return {name: value for name, value in wanted.items() if name not in self._unasked}

    def _passed_on(self) -> dict[str, Any]:
        """The agents, and who gave work to whom: who acts is whom the last step left at work."""
        if "agent" not in self._told:
            return {"agents": [], "handoffs": [], "delegations": []}
        at_work = [self._told["agent"]]
        agents, handoffs, delegations = list(at_work), [], []
        for step in self.steps:
            if target := step.get("hands_to"):
                handoffs.append([at_work[-1], target])
                at_work[-1] = target
            elif target := step.get("delegates_to"):
                delegations.append([at_work[-1], target])
                at_work.append(target)
            elif _answer(step) and len(at_work) > 1:
                at_work.pop()
            agents.append(at_work[-1])
        known = list(dict.fromkeys(agents))
        return {"agents": known, "handoffs": handoffs, "delegations": delegations}

    def _calls(self, models: set[str]) -> dict[str, Any]:
        answered = [usage(place) for place, it in enumerate(self.steps, 1) if "refuse" not in it]
        return {
            "calls_answered": len(answered),
            "input_tokens": sum(it.input for it in answered),
            "output_tokens": sum(it.output for it in answered),
            "cached": sum(it.cached for it in answered),
            "reasoning": sum(it.reasoning for it in answered),
            "models": sorted(models),
            "failed_requests": [[it["refuse"]] for it in self.steps if "refuse" in it],
        }

    def _tokens(self, calls: dict[str, Any]) -> dict[str, Any]:
        """The sums without those that the producer is known not to send."""
        lacks = self._told.get("lacks", [])
        if not lacks:
            return {}
        tokens = {
            "input": calls["input_tokens"],
            "output": calls["output_tokens"],
            "cached_input": calls["cached"],
            "reasoning": calls["reasoning"],
        }
        return {"tokens": {name: count for name, count in tokens.items() if name not in lacks}}


def _answer(step: Step) -> str | None:
    """What an agent answers with this step, if it does."""
    return step.get("answers", None if "call" in step else step.get("say"))
