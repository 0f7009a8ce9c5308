"""What the platform understood of one run, in the words of the expectations."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

LLM, TOOL, RETRIEVER = "LLM", "TOOL", "RETRIEVER"
FAILED = "FAILED"
ORIGIN = "error_origin"

# Names that a failure goes by, what it says, its class.
Failure = tuple[set[str], str, str]


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool, as texts."""

    name: str
    given: str
    got: str
    failed: bool
    # Whether it hands work to another agent: expectations name such tools or do not.
    passes_on: bool


@dataclass(frozen=True)
class Seen:
    """All traces of a run."""

    traces: list[dict[str, Any]]

    @property
    def spans(self) -> list[dict[str, Any]]:
        """The spans of all traces."""
        return [span for trace in self.traces for span in trace["spans"]]

    @property
    def agents(self) -> set[str]:
        """The agents of the graphs."""
        return {node["name"] for trace in self.traces for node in trace["graph"]["nodes"]}

    @property
    def invocations(self) -> Counter[str]:
        """How often each agent was put to work."""
        found: Counter[str] = Counter()
        for trace in self.traces:
            for node in trace["graph"]["nodes"]:
                found[node["name"]] += node["invocation_count"]
        return found

    def handed(self, *modes: str) -> list[tuple[str, str]]:
        """Who gave work to whom, in these modes, in order of names."""
        found = []
        for trace in self.traces:
            for it in trace["handoffs"]:
                if not modes or (it["mode"] or "transfer") in modes:
                    found.append((it["source_agent_name"], it["target_agent_name"]))
        return sorted(found)

    @property
    def double_edges(self) -> list[tuple[str, str]]:
        """Pairs of agents between which more than one edge of the graph runs."""
        doubled = []
        for trace in self.traces:
            pairs = Counter((edge["source"], edge["target"]) for edge in trace["graph"]["edges"])
            doubled += [pair for pair, count in pairs.items() if count > 1]
        return doubled

    def tools(self) -> list[ToolCall]:
        """Calls of tools."""
        passing = {it["span_id"] for trace in self.traces for it in trace["handoffs"]}
        return [
            ToolCall(
                span["tool_name"] or span["name"],
                text(span.get("input_data")),
                text(span.get("output_data")) or text(span.get("error")),
                span["status"] == FAILED,
                span["span_id"] in passing,
            )
            for span in self.spans
            if span["span_kind"] == TOOL and span["counts"]
        ]

    def names(self, kind: str) -> set[str]:
        """The names of the spans of a kind."""
        return {span["name"] for span in self.spans if span["span_kind"] == kind}

    @property
    def failures(self) -> list[Failure]:
        """What failed."""
        found = [_failure(span) for span in self.spans if span["status"] == FAILED]
        for trace in self.traces:
            for error in trace["errors"]:
                words = f"{error['error_type']} {error['message']}"
                found.append(({error["agent_name"] or ""}, words, error["category"]))
        return found

    @property
    def origins(self) -> list[Failure]:
        """Where, as their diagnoses say, the failures of the traces began."""
        found = []
        for trace in self.traces:
            spans = {span["span_id"]: span for span in trace["spans"]}
            causes = trace["diagnosis"]["causes"][:1]
            named = [cause.get("span_id") for cause in causes if cause["kind"] == ORIGIN]
            found += [_failure(spans[span]) for span in named if span in spans]
        return found

    @property
    def diagnoses(self) -> list[dict[str, Any]]:
        """The diagnoses of all traces."""
        return [trace["diagnosis"] for trace in self.traces]

    def tokens(self, name: str) -> int:
        """A sum of tokens."""
        return sum((trace["trace"]["tokens"].get(name) or 0) for trace in self.traces)

    def count(self, name: str) -> int:
        """A count of something."""
        return sum(trace["trace"]["counts"][name] for trace in self.traces)

    def said(self, name: str) -> set[Any]:
        """What the traces say of themselves under a name."""
        return {trace["trace"].get(name) for trace in self.traces} - {None}

    def texts(self, name: str) -> str:
        """Question or answer of all traces."""
        return " ".join(text(trace["trace"].get(name)) for trace in self.traces)

    @property
    def providers(self) -> set[str]:
        """Who served the models."""
        return {span["provider"] for span in self.spans if span.get("provider")}

    @property
    def models(self) -> set[str]:
        """Models that were called."""
        return self.said_all("models")

    def said_all(self, name: str) -> set[Any]:
        """The members of a list that each trace has."""
        return {member for trace in self.traces for member in trace["trace"][name]}

    @property
    def roots(self) -> set[str]:
        """The names of the traces."""
        return self.said("name")


def _failure(span: dict[str, Any]) -> Failure:
    error = span.get("error") or {}
    names = {span["name"], span.get("tool_name"), span.get("model"), span.get("acting_agent")}
    words = f"{error.get('type', '')} {error.get('message', '')}"
    return {name for name in names if name}, words, error.get("category", "")


def text(value: Any) -> str:
    """A value as a person reads it; JSON inside of strings is opened."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
