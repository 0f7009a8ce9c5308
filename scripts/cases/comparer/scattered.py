"""A case as its runtime would send it with no span around the run: a trace a message.

Runtimes that pass messages (AutoGen's is one) give each message that is processed a root of its
own and link it to the span that sent it, unless a span around the run keeps all of them together.
What a recording says with parents and links is said with links alone here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from auditor import protobuf

from . import wire
from .case import Case, Request

TRACE, SPAN, PARENT, LINK = 1, 2, 4, 13

Change = Callable[[bytes], bytes]


def scattered(case: Case, salt: str) -> list[Request]:
    """The requests with each linked span as the root of its own trace; none where nobody links."""
    requests = [it for it in case.requests if it.is_spans]
    if not requests or any(it.is_json for it in requests):
        return []
    parents: dict[bytes, bytes] = {}
    roots: set[bytes] = set()
    own: dict[bytes, bytes] = {}
    for span in (span for it in requests for span in wire.inside(it.body, 1, 2, 2)):
        said = {number: value for number, _, value in wire.fields(span) if number <= PARENT}
        parents[said[SPAN]] = said.get(PARENT, b"")
        own[said[SPAN]] = said[TRACE]
        if said.get(PARENT) and any(_is_own(link, said[TRACE]) for link in wire.inside(span, LINK)):
            roots.add(said[SPAN])
    if not roots:
        return []

    def trace_of(span: bytes) -> bytes:
        at, top = span, span
        while at in parents and at not in roots and parents[at]:
            at = parents[at]
            top = at if at in parents else top
        key = at if at in roots else own.get(top, b"")
        return hashlib.sha256(salt.encode() + key).digest()[:16]

    def moved(span: bytes) -> bytes:
        said = {number: value for number, _, value in wire.fields(span)}
        written = b""
        for number, kind, value in wire.fields(span):
            if number == TRACE:
                written += protobuf.blob(TRACE, trace_of(said[SPAN]))
            elif number == PARENT and said[SPAN] in roots:
                continue
            elif number == LINK:
                written += protobuf.blob(LINK, _linked(value, trace_of))
            else:
                written += wire.again((number, kind, value))
        return written

    return [Request(it.path, _with_spans(it.body, moved), it.is_json) for it in requests]


def traces_of(requests: list[Request]) -> set[str]:
    """The traces that requests name."""
    named = (wire.traces_of(it.body, it.path, it.is_json) for it in requests)
    return set().union(*named)


def _is_own(link: bytes, trace: bytes) -> bool:
    return any(number == TRACE and value == trace for number, _, value in wire.fields(link))


def _linked(link: bytes, trace_of: Change) -> bytes:
    said = {number: value for number, _, value in wire.fields(link)}
    trace = protobuf.blob(TRACE, trace_of(said[SPAN]))
    return b"".join(
        trace if number == TRACE else wire.again((number, kind, value))
        for number, kind, value in wire.fields(link)
    )


def _with_spans(body: bytes, change: Change) -> bytes:
    return b"".join(_group(value, change) for number, _, value in wire.fields(body) if number == 1)


def _group(group: bytes, change: Change) -> bytes:
    return protobuf.blob(1, b"".join(_scopes(group, change)))


def _scopes(group: bytes, change: Change) -> Iterator[bytes]:
    for number, kind, value in wire.fields(group):
        if number != 2:
            yield wire.again((number, kind, value))
            continue
        spans = (
            protobuf.blob(2, change(inner)) if at == 2 else wire.again((at, form, inner))
            for at, form, inner in wire.fields(value)
        )
        yield protobuf.blob(2, b"".join(spans))
