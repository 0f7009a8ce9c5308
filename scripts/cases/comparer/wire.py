"""As much of OTLP's two wire forms as it takes to split a request and to give it other ids."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator

from auditor import protobuf

Field = tuple[int, int, bytes]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a protobuf message: number, wire type, and the bytes of its value."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            _, end = _varint(message, at)
        elif kind == 1:
            end = at + 8
        elif kind == 2:
            size, at = _varint(message, at)
            end = at + size
        else:
            end = at + 4
        yield number, kind, message[at:end]
        at = end


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def inside(message: bytes, *path: int) -> Iterator[bytes]:
    """The messages that lie at a path of field numbers."""
    if not path:
        yield message
        return
    for number, _, value in fields(message):
        if number == path[0]:
            yield from inside(value, *path[1:])


def traces_of(body: bytes, path: str, is_json: bool) -> set[str]:
    """The ids of the traces that a request of spans or log records names."""
    if path.endswith("/metrics"):
        return set()
    if is_json:
        return {
            found.lower()
            for found in re.findall(r'"traceId":\s*"([0-9a-fA-F]{32})"', body.decode())
        }
    field = 1 if path.endswith("/traces") else 9
    named = inside(body, 1, 2, 2, field)
    return {value.hex() for value in named if len(value) == 16}


def with_other_traces(body: bytes, is_json: bool, traces: set[str], salt: int) -> bytes:
    """The request with every trace id exchanged for one that follows from it and the salt."""
    for trace in traces:
        other = other_trace(trace, salt)
        if is_json:
            body = re.sub(trace.encode(), other.encode(), body, flags=re.IGNORECASE)
        else:
            body = body.replace(bytes.fromhex(trace), bytes.fromhex(other))
            body = body.replace(trace.encode(), other.encode())
    return body


def other_trace(trace: str, salt: int) -> str:
    """The id of a trace in the variant of a case that has this salt."""
    return f"{int(trace, 16) ^ (salt << 64 | salt):032x}"


def with_other_ids(body: bytes, ids: set[str], salt: int) -> bytes:
    """The request with every one of these UUIDs exchanged for one that follows from it and the salt."""
    for told in ids:
        other = str(uuid.uuid5(uuid.UUID(told), str(salt)))
        body = body.replace(told.encode(), other.encode())
    return body


def uuids_of(body: bytes, *names: str) -> set[str]:
    """The UUIDs that a JSON object has under these names."""
    said = json.loads(body)
    texts = [said.get(name) for name in names]
    return {text for text in texts if isinstance(text, str) and _UUID.fullmatch(text)}


def one_by_one(body: bytes, is_json: bool) -> list[bytes]:
    """A request of spans as requests of one span each, under the same resource and scope."""
    return _json_spans(body) if is_json else list(_protobuf_spans(body))


def _protobuf_spans(body: bytes) -> Iterator[bytes]:
    for group in inside(body, 1):
        around = b"".join(again(field) for field in fields(group) if field[0] != 2)
        for scoped in inside(group, 2):
            scope = b"".join(again(field) for field in fields(scoped) if field[0] != 2)
            for span in inside(scoped, 2):
                alone = around + protobuf.blob(2, scope + protobuf.blob(2, span))
                yield protobuf.blob(1, alone)


def again(field: Field) -> bytes:
    """A field as it was."""
    number, kind, value = field
    if kind == 2:
        return protobuf.blob(number, value)
    return protobuf.varint(number << 3 | kind) + value


def _json_spans(body: bytes) -> list[bytes]:
    alone = []
    for group in json.loads(body).get("resourceSpans", []):
        for scoped in group.get("scopeSpans", []):
            for span in scoped.get("spans", []):
                one = {**group, "scopeSpans": [{**scoped, "spans": [span]}]}
                alone.append(json.dumps({"resourceSpans": [one]}).encode())
    return alone
