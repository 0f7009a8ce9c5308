"""What a user sees: lists in order and whole, and spans as they were sent, payloads included."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from .anomaly import Anomaly, Kind, grouped
from .client import Client
from .ledger import Entry, Ledger

_PAGE = 200
_SAMPLED = 60
_FIRST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def nanos(text: str | None) -> int | None:
    """RFC 3339 as nanoseconds since the epoch."""
    if text is None:
        return None
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = datetime.fromisoformat(whole + "+00:00") - _FIRST
    return int(seconds.total_seconds()) * 10**9 + int((fraction or "0").ljust(9, "0"))


class Refused(Exception):
    """The API gave no list."""


def pages(client: Client, path: str, items: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = client.get(f"{path}{cursor}")
        if not answer.ok:
            raise Refused(f"{path}: {answer.status} {answer.body[:200].decode(errors='replace')}")
        page = answer.json()
        found += page[items]
        if not page.get("next"):
            return found
        cursor = f"&cursor={page['next']}"


def lists(client: Client, project: str, ledger: Ledger) -> list[Anomaly]:
    """The list of traces: the latest first, each once, none missing."""
    try:
        listed = pages(client, f"/api/v1/traces?project={project}&limit={_PAGE}", "items")
    except Refused as refused:
        return [Anomaly(Kind.REFUSED, "the API lists no traces", str(refused))]
    starts = [nanos(trace["start_time"]) or 0 for trace in listed]
    order = [
        f"{listed[n + 1]['trace_id']} stands behind {listed[n]['trace_id']}, and began later"
        for n in range(len(starts) - 1)
        if starts[n] < starts[n + 1]
    ]
    ids = [trace["trace_id"] for trace in listed]
    twice = [trace_id for trace_id in set(ids) if ids.count(trace_id) > 1]
    wanted = {key.split("/")[0] for key in ledger.of_kind("span")}
    missing = sorted(wanted - set(ids))
    return (
        grouped(Kind.WRONG_ORDER, "the list of traces is out of order", order)
        + grouped(Kind.DOUBLED, "the list of traces has one twice", twice)
        + grouped(Kind.LOST, "the list of traces lacks some that are stored", missing)
    )


def spans(client: Client, ledger: Ledger, seed: int) -> list[Anomaly]:
    """Some traces, span by span, as the API tells them."""
    entries = ledger.of_kind("span")
    by_trace: dict[str, dict[str, Entry]] = {}
    for key, entry in entries.items():
        trace_id, span_id = key.split("/")
        by_trace.setdefault(trace_id, {})[span_id] = entry
    draw = random.Random(f"{seed}/answers")
    chosen = draw.sample(sorted(by_trace), k=min(_SAMPLED, len(by_trace)))
    order, torn, lost = [], [], []
    for trace_id in chosen:
        path = f"/api/v1/traces/{trace_id}?include=payloads&limit={_PAGE}"
        try:
            told = pages(client, path, "spans")
        except Refused as refused:
            lost.append(str(refused))
            continue
        starts = [nanos(span["start_time"]) or 0 for span in told]
        if starts != sorted(starts):
            order.append(trace_id)
        for span in told:
            sent = by_trace[trace_id].get(span["span_id"])
            torn += [f"{trace_id}/{span['span_id']}: {what}" for what in _wrong(span, sent)]
    return (
        grouped(Kind.LOST, "the API does not tell a trace that was acknowledged", lost)
        + grouped(Kind.WRONG_ORDER, "spans of a trace are out of order", order)
        + grouped(Kind.TORN, "the API tells a span as it was never sent", torn)
    )


def _wrong(span: dict[str, Any], entry: Entry | None) -> list[str]:
    if entry is None or entry.facts["status"] != span["status"]:
        # A version that was sent and never acknowledged: rows are compared with it.
        return []
    wanted = entry.facts
    usage = span.get("token_usage") or {}
    told = {
        "name": span["name"],
        "kind": span["span_kind"],
        "parent": span["parent_span_id"],
        "start": nanos(span["start_time"]),
        "end": nanos(span["end_time"]),
        "tokens": [usage.get("input"), usage.get("output")],
        "model": span.get("model"),
        "agent": span.get("agent_name"),
        "session": span.get("session_id"),
        "project": span.get("project"),
        "input": _mark(span.get("input_data")),
        "output": _mark(span.get("output_data")),
    }
    return [f"{k} is {v!r}, not {wanted[k]!r}" for k, v in told.items() if v != wanted[k]]


def _mark(payload: Any) -> Any:
    return payload.split(" ", 1)[0] if isinstance(payload, str) else payload
