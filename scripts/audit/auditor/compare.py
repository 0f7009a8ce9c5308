"""Acknowledged content against stored content."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .anomaly import Anomaly, Kind, grouped
from .ledger import Entry, Ledger, content_hash
from .stored import Stored

# What stands for a payload that rows do not show, since it is packed.
PACKED = "packed"


def contents(ledger: Ledger, stored: Stored) -> list[Anomaly]:
    """Spans, tools, log records and points: lost, doubled, torn."""
    spans = [row for row in stored["spans"] if row["tool_call_id"] is None]
    spans = [row for row in spans if row["session"] and not row["session"].endswith("-hooks")]
    tools = [row for row in stored["spans"] if row["tool_call_id"]]
    found = _matched(ledger, "span", ((_key(row), span_facts(row)) for row in spans))
    found += _matched(ledger, "tool", ((row["tool_call_id"], tool_facts(row)) for row in tools))
    logs = ((row["message"].removeprefix("log "), row) for row in stored["events"])
    found += _matched(ledger, "log", logs)
    points = ((f"{row['name']}@{row['time']}", float(row["value"])) for row in stored["points"])
    found += _matched(ledger, "point", ((key, {"value": value}) for key, value in points))
    marks = [f"{_key(row)}: {marks_of(row)}" for row in spans if len(set(marks_of(row))) > 1]
    return found + grouped(Kind.TORN, "parts of one span carry different marks", marks)


def _matched(
    ledger: Ledger, kind: str, rows: Iterable[tuple[str, dict[str, Any]]]
) -> list[Anomaly]:
    acknowledged, versions = ledger.of_kind(kind), ledger.versions(kind)
    counts: Counter[str] = Counter()
    lost, torn, foreign = [], [], []
    for key, facts in rows:
        counts[key] += 1
        if key not in versions:
            foreign.append(key)
            continue
        same = [version for version in versions[key] if _same(version, facts)]
        if not same:
            torn.append(f"{key}: {_difference(versions[key][-1], facts)}")
        elif key in acknowledged and max(v.rank for v in same) < acknowledged[key].rank:
            lost.append(f"{key}: stored as it began, though its end was acknowledged")
    lost += [key for key in acknowledged if key not in counts]
    doubled = [f"{key}: {count} times" for key, count in counts.items() if count > 1]
    return (
        grouped(Kind.LOST, f"acknowledged, not stored: {kind}s", lost)
        + grouped(Kind.DOUBLED, f"stored more than once: {kind}s", doubled)
        + grouped(Kind.DOUBLED, f"stored, and never sent: {kind}s", foreign)
        + grouped(Kind.TORN, f"stored, but not as any version that was sent: {kind}s", torn)
    )


def _same(version: Entry, facts: dict[str, Any]) -> bool:
    wanted = dict(version.facts)
    for name, value in facts.items():
        if value == PACKED:
            wanted[name] = PACKED
    return content_hash(wanted) == content_hash(facts)


def _difference(version: Entry, facts: dict[str, Any]) -> str:
    differs = (name for name in version.facts if version.facts[name] != facts.get(name))
    return ", ".join(
        f"{name} is {facts.get(name)!r}, not {version.facts[name]!r}" for name in differs
    )


def _key(row: dict[str, Any]) -> str:
    return f"{row['trace_id']}/{row['span_id']}"


def mark_in(payload: str | None) -> str | None:
    """The mark with which a payload begins; what is packed stays so."""
    if payload is None or payload == PACKED:
        return payload
    value = _read(payload)
    return value.split(" ", 1)[0] if isinstance(value, str) else json.dumps(value)


def _read(payload: str) -> Any:
    """A payload as JSON; as text where it is none."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def span_facts(row: dict[str, Any]) -> dict[str, Any]:
    """A stored span in the words of the log."""
    names = "name kind status parent start end model agent session project attribute"
    facts = {name: row[name] for name in names.split()}
    facts["tokens"] = [row["input_tokens"], row["output_tokens"]]
    facts["input"], facts["output"] = mark_in(row["input"]), mark_in(row["output"])
    return facts


def tool_facts(row: dict[str, Any]) -> dict[str, Any]:
    """A stored call of a tool in the words of the log."""

    def inside(payload: str | None, name: str) -> Any:
        value = _read(payload) if payload else None
        return value.get(name) if isinstance(value, dict) else value

    return {
        "status": row["status"],
        "input": inside(row["input"], "file_path"),
        "output": inside(row["output"], "content"),
    }


def marks_of(row: dict[str, Any]) -> list[str]:
    """The marks in the parts of a span."""
    parts = [row["name"].rsplit(" ", 1)[-1], row["attribute"]]
    parts += [mark_in(row["input"]), mark_in(row["output"])]
    return [part for part in parts if part is not None and part != PACKED]
