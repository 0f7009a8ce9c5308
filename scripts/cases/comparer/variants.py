"""The same requests in another order, apart, and again: what must not change what is understood."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from . import wire
from .case import Case, Request

VARIANTS = ("backwards", "shuffled", "apart", "twice")


def variant(case: Case, which: str, salt: int) -> Iterator[Request]:
    """The requests of a case in a variant, under trace ids of its own."""
    requests = [
        Request(it.path, wire.with_other_traces(it.body, it.is_json, case.traces, salt), it.is_json)
        for it in case.requests
    ]
    chance = random.Random(f"{case.name} {which}")
    if which == "backwards":
        requests = [one for it in requests for one in _apart(it)][::-1]
    elif which == "apart":
        requests = [one for it in requests for one in _apart(it)]
    elif which == "shuffled":
        requests = [one for it in requests for one in _apart(it)]
        chance.shuffle(requests)
    else:
        again = [one for it in requests for one in _apart(it)]
        requests += chance.sample(again, len(again))
    yield from requests


# By which hooks and telemetry are of one session and of one prompt.
_IDS = ("session_id", "prompt_id")

# A hook bears no time: the order in which hooks come is what they tell. Telemetry beside them may
# come before, between or after them, in any order, apart and again. Who has set up the hooks in two
# places has each of them twice in a row.
BESIDE_HOOKS = (
    "telemetry first",
    "telemetry last",
    "telemetry backwards",
    "telemetry twice",
    "hooks twice",
)


def beside_hooks(case: Case, which: str, salt: int) -> list[Request]:
    """The hooks of a case in their order and its telemetry in a variant, of another session."""
    ids = set().union(*(wire.uuids_of(it.body, *_IDS) for it in case.requests if it.is_hook))
    requests = []
    for it in case.requests:
        body = wire.with_other_traces(it.body, it.is_json, case.traces, salt)
        requests.append(Request(it.path, wire.with_other_ids(body, ids, salt), it.is_json))
    hooks = [it for it in requests if it.is_hook]
    told = [it for it in requests if not it.is_hook]
    if which == "telemetry first":
        return told + hooks
    if which == "telemetry last":
        return hooks + told
    if which == "telemetry twice":
        return requests + [one for it in told for one in _apart(it)]
    if which == "hooks twice":
        return [one for it in requests for one in ([it, it] if it.is_hook else [it])]
    backwards = iter([one for it in told for one in _apart(it)][::-1])
    between = [it if it.is_hook else next(backwards) for it in requests]
    return between + list(backwards)


def _apart(request: Request) -> list[Request]:
    if not request.is_spans:
        return [request]
    bodies = wire.one_by_one(request.body, request.is_json)
    return [Request(request.path, body, request.is_json) for body in bodies]


def print_of(traces: list[dict[str, Any]]) -> dict[str, Any]:
    """What must be the same, without what is only an id or a place in a list."""
    return {
        "spans": Counter(_span(span) for trace in traces for span in trace["spans"]),
        "handoffs": Counter(
            (it["source_agent_name"], it["target_agent_name"], it["mode"], it["span_id"])
            for trace in traces
            for it in trace["handoffs"]
        ),
        "nodes": Counter(_node(node) for trace in traces for node in trace["graph"]["nodes"]),
        "edges": Counter(
            (edge["source"], edge["target"], edge["kind"], edge["count"])
            for trace in traces
            for edge in trace["graph"]["edges"]
        ),
        "traces": Counter(_trace(trace["trace"]) for trace in traces),
    }


def _span(span: dict[str, Any]) -> tuple[Any, ...]:
    names = ("span_id", "parent_span_id", "name", "span_kind", "status", "agent_name")
    return (
        *(span.get(name) for name in names),
        span.get("acting_agent"),
        str(span.get("token_usage")),
    )


def _node(node: dict[str, Any]) -> tuple[Any, ...]:
    names = ("name", "spans", "llm_calls", "tool_calls", "errors", "invocation_count")
    return (*(node[name] for name in names), str(node["tokens"]))


def _trace(trace: dict[str, Any]) -> tuple[Any, ...]:
    names = ("name", "status", "session_id", "user_id", "root_agent", "cost_usd", "duration_ms")
    lists = ("counts", "tokens", "agents", "models", "tools", "user_input", "final_output")
    return (*(trace.get(name) for name in names), *(str(trace.get(name)) for name in lists))


def difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """What differs between two of them, in a sentence; empty when nothing does."""
    for part, counted in one.items():
        lost, new = counted - other[part], other[part] - counted
        if lost or new:
            return f"{part}: {list(lost)[:2]} became {list(new)[:2]}"
    return ""
