"""As much of protobuf's wire form as OTLP needs: an encoder without a schema compiler."""

from __future__ import annotations

import struct
from typing import Any


def varint(number: int) -> bytes:
    """A number of seven bits a byte, the lowest first."""
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def whole(field: int, number: int) -> bytes:
    """An integer or enumeration."""
    return varint(field << 3) + varint(number)


def fixed(field: int, number: int) -> bytes:
    """A 64-bit integer of fixed size."""
    return varint(field << 3 | 1) + struct.pack("<Q", number)


def double(field: int, number: float) -> bytes:
    """A double."""
    return varint(field << 3 | 1) + struct.pack("<d", number)


def blob(field: int, content: bytes | str) -> bytes:
    """Bytes, text, or a message inside this one."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def attributes(field: int, values: dict[str, Any]) -> bytes:
    """A list of KeyValue."""
    return b"".join(
        blob(field, blob(1, key) + blob(2, _any_value(value))) for key, value in values.items()
    )


def _any_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return whole(2, int(value))
    if isinstance(value, int):
        return whole(3, value)
    if isinstance(value, float):
        return double(4, value)
    return blob(1, str(value))
