"""Requests in the words of OTLP, as JSON and as protobuf, and records as they stand on Kafka."""

from __future__ import annotations

import json
from typing import Any

from . import protobuf as pb
from .records import Span

_ERROR, _OK = 2, 1
_MODES = {"RUNNING": 0, "COMPLETED": _OK, "FAILED": _ERROR}


def spans_json(project: str, spans: list[Span]) -> bytes:
    """A request of `/v1/traces` as JSON."""
    return _json("resourceSpans", "scopeSpans", "spans", project, [_span(span) for span in spans])


def logs_json(project: str, records: list[dict[str, Any]]) -> bytes:
    """A request of `/v1/logs` as JSON."""
    return _json("resourceLogs", "scopeLogs", "logRecords", project, records)


def metrics_json(project: str, metrics: list[dict[str, Any]]) -> bytes:
    """A request of `/v1/metrics` as JSON."""
    return _json("resourceMetrics", "scopeMetrics", "metrics", project, metrics)


def spans_protobuf(project: str, spans: list[Span]) -> bytes:
    """A request of `/v1/traces` as protobuf."""
    inside = b"".join(pb.blob(2, _span_protobuf(span)) for span in spans)
    resource = pb.attributes(1, _resource(project))
    return pb.blob(1, pb.blob(1, resource) + pb.blob(2, inside))


def span_on_kafka(span: Span) -> bytes:
    """The record of a span as the SDK writes it."""
    record: dict[str, Any] = {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent,
        "name": span.name,
        "span_kind": span.kind,
        "status": span.status,
        "start_time": span.start,
        "end_time": span.end,
        "agent_name": span.agent,
        "session_id": span.session,
        "project": span.project,
        "model": span.model,
        "tool_name": span.label if span.kind == "TOOL" else None,
        "input_data": f"{span.mark} {span.text}",
        "attributes": {"audit.mark": span.mark},
    }
    if span.status != "RUNNING":
        record["output_data"] = f"{span.mark} done"
    if span.tokens:
        sent, got = span.tokens
        record["token_usage"] = {"input": sent, "output": got, "total": sent + got}
    present = {name: value for name, value in record.items() if value is not None}
    return json.dumps(present, ensure_ascii=False).encode()


def attribute_list(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP's JSON lists them."""

    def value(of: Any) -> dict[str, Any]:
        return {"intValue": str(of)} if isinstance(of, int) else {"stringValue": of}

    return [{"key": key, "value": value(of)} for key, of in values.items()]


def _resource(project: str) -> dict[str, Any]:
    return {"service.name": "auditor", "service.namespace": project}


def _json(outer: str, scope: str, inner: str, project: str, items: list[dict[str, Any]]) -> bytes:
    resource = {"attributes": attribute_list(_resource(project))}
    request = {outer: [{"resource": resource, scope: [{"scope": {}, inner: items}]}]}
    return json.dumps(request, ensure_ascii=False).encode()


def _span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent or "",
        "name": span.name,
        "startTimeUnixNano": str(span.start),
        "endTimeUnixNano": str(span.end or 0),
        "status": {"code": _MODES[span.status]},
        "attributes": attribute_list(span.attributes()),
    }


def _span_protobuf(span: Span) -> bytes:
    out = pb.blob(1, bytes.fromhex(span.trace_id)) + pb.blob(2, bytes.fromhex(span.span_id))
    if span.parent:
        out += pb.blob(4, bytes.fromhex(span.parent))
    out += pb.blob(5, span.name) + pb.fixed(7, span.start)
    if span.end:
        out += pb.fixed(8, span.end)
    out += pb.attributes(9, span.attributes())
    return out + pb.blob(15, pb.whole(3, _MODES[span.status]))
