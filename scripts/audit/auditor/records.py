"""What is sent: traces whose every part carries the same mark, drawn from a seed.

The mark of a span stands in its name, its input, its output and its attributes. A stored span
whose parts carry different marks was put together from two records.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from typing import Any

from .ledger import Entry

KINDS = ("AGENT", "LLM", "TOOL", "RETRIEVER", "CHAIN")
_WORDS = ("plan", "search", "write", "check", "größe", "日本語", "compare", "sum", "ask", "wait")
_LARGE = 0.06


@dataclass(frozen=True)
class Span:
    """A span as the auditor means it, whatever door it goes through."""

    trace_id: str
    span_id: str
    parent: str | None
    mark: str
    label: str
    kind: str
    status: str
    start: int
    end: int | None
    tokens: tuple[int, int] | None
    model: str | None
    agent: str
    project: str
    session: str
    text: str

    @property
    def name(self) -> str:
        """The name, which ends in the mark."""
        return f"{self.label} {self.mark}"

    @property
    def key(self) -> str:
        """Its identity."""
        return f"{self.trace_id}/{self.span_id}"

    def running(self) -> Span:
        """The same at its start."""
        return replace(self, status="RUNNING", end=None, tokens=None)

    def attributes(self) -> dict[str, Any]:
        """Its attributes in the words of OpenInference."""
        words: dict[str, Any] = {
            "openinference.span.kind": self.kind,
            "audit.mark": self.mark,
            "agent.name": self.agent,
            "session.id": self.session,
            "input.value": f"{self.mark} {self.text}",
        }
        if self.status != "RUNNING":
            words["output.value"] = f"{self.mark} done"
        if self.model:
            words["llm.model_name"] = self.model
        if self.tokens:
            words["llm.token_count.prompt"], words["llm.token_count.completion"] = self.tokens
        if self.kind == "TOOL":
            words["tool.name"] = self.label
        return words

    def entry(self) -> Entry:
        """What must be found again of it."""
        sent, got = self.tokens or (None, None)
        facts = {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "parent": self.parent,
            "start": self.start,
            "end": self.end,
            "tokens": [sent, got],
            "model": self.model,
            "agent": self.agent,
            "session": self.session,
            "project": self.project,
            "input": self.mark,
            "output": self.mark if self.status != "RUNNING" else None,
            "attribute": self.mark,
        }
        return Entry("span", self.key, 1 if self.status == "RUNNING" else 2, facts)


class Source:
    """Draws traces, log records and points; the same seed and worker draw the same ones."""

    def __init__(self, seed: int, run: str, worker: str) -> None:
        self.random = random.Random(f"{seed}/{worker}")
        self.project = f"audit-{seed}-{run}"
        self._run = run
        self._drawn = 0

    def mark(self) -> str:
        """A word that is used once."""
        self._drawn += 1
        return f"{self._run}{self.random.getrandbits(48):012x}"

    def trace(self, spans: int) -> list[Span]:
        """A trace: a root agent, and work below it."""
        draw = self.random
        # The run stands in the id, so that seeds which share a platform never meet.
        trace_id = f"{self._run}{draw.getrandbits(128):032x}"[:32]
        start = time.time_ns() // 1000 * 1000
        ids = [f"{draw.getrandbits(64) | 1:016x}" for _ in range(spans)]
        parents = [None] + [ids[draw.randrange((n + 1) // 2)] for n in range(1, spans)]
        inner = set(parents)
        session = f"{self.project}-{draw.randrange(6)}"
        return [
            self._span(trace_id, ids[n], parents[n], ids[n] not in inner, start + n * 1000, session)
            for n in range(spans)
        ]

    def _span(
        self, trace_id: str, span_id: str, parent: str | None, leaf: bool, start: int, session: str
    ) -> Span:
        draw = self.random
        kind = "AGENT" if parent is None else draw.choice(KINDS if leaf else ("AGENT", "CHAIN"))
        failed = draw.random() < 0.1
        words = draw.choices(_WORDS, k=400 if draw.random() < _LARGE else 5)
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent=parent,
            mark=self.mark(),
            label=draw.choice(("step", "call", "look", "think")),
            kind=kind,
            status="FAILED" if failed else "COMPLETED",
            start=start,
            end=start + draw.randrange(1, 3_000_000) * 1000,
            tokens=(draw.randrange(1, 4000), draw.randrange(1, 900)) if kind == "LLM" else None,
            model=f"audit-model-{draw.randrange(3)}" if kind == "LLM" else None,
            agent=f"agent-{draw.randrange(4)}",
            project=self.project,
            session=session,
            text=" ".join(words),
        )
