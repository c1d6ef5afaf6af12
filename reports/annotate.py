"""Names the parts of bytes: the elements of a BSON document, and inside of them the fields of a ciphertext.

The parts lie end to end and cover every byte; what cannot be read is one part that says so. Nothing is decrypted or judged.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DEEPEST = 40
_MOST_PARTS = 600
_LONGEST_TEXT = 60
_BLOCK = 16
_TAG = 32
_SHORTEST_SEALED = 2 * _BLOCK + _TAG  # IV, one block, tag

_FIXED = {0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16, 0x7F: 0, 0xFF: 0}
_TEXTS = (0x02, 0x0D, 0x0E)
TYPES = {
    0x01: "double",
    0x02: "string",
    0x03: "document",
    0x04: "array",
    0x05: "binary",
    0x06: "undefined",
    0x07: "ObjectId",
    0x08: "bool",
    0x09: "date",
    0x0A: "null",
    0x0B: "regex",
    0x0C: "dbPointer",
    0x0D: "code",
    0x0E: "symbol",
    0x0F: "code with scope",
    0x10: "int32",
    0x11: "timestamp",
    0x12: "int64",
    0x13: "decimal128",
    0x7F: "maxKey",
    0xFF: "minKey",
}
_SUBTYPES = {
    0: "generic",
    1: "function",
    2: "old generic",
    3: "old UUID",
    4: "UUID",
    5: "MD5",
    6: "encrypted",
    7: "column",
    8: "sensitive",
}
_FLE1 = {1: "deterministic", 2: "random"}
_BLOBS = _FLE1 | {
    0: "marking",
    3: "marking, queryable",
    4: "insert or update, version 1",
    5: "find by equality, version 1",
    6: "unindexed, version 1",
    7: "indexed for equality, version 1",
    9: "indexed for range, version 1",
    10: "find by range, version 1",
    11: "insert or update",
    12: "find by equality",
    13: "find by range",
    14: "indexed for equality",
    15: "indexed for range",
    16: "unindexed",
    17: "indexed for text",
    18: "find by text",
}
_BLOBS_OF_BSON = (0, 3, 4, 5, 10, 11, 12, 13, 18)
_BLOBS_WITH_KEY = (1, 2, 6, 7, 9, 14, 15, 16, 17)


@dataclass(frozen=True)
class Part:
    """`path` tells which parts of two values belong together: names of fields, and behind a space those of a layout."""

    offset: int
    length: int
    depth: int
    path: tuple[str, ...]
    name: str
    text: str


class _Bad(Exception):
    """The bytes end or lie: what is wrong. What was named before stays named."""


def parts(data: bytes) -> tuple[Part, ...]:
    """Of a BSON document or, if the bytes are none, of one nameless value."""
    if not data:
        return ()
    if len(data) < 5 or struct.unpack_from("<i", data)[0] != len(data):
        return (Part(0, len(data), 0, ("bytes",), "bytes", f"{len(data)}, no BSON document"),)
    return _whole(data, lambda: _document(data, 0, len(data), 0, ()))


def binary_parts(data: bytes, subtype: int) -> tuple[Part, ...]:
    """Of the content of one BSON binary, without its length and subtype."""
    return _whole(data, lambda: _content(data, 0, len(data), subtype, 0, ())) if data else ()


def _whole(data: bytes, walk: Callable[[], Iterator[Part]]) -> tuple[Part, ...]:
    found: list[Part] = []
    end, why = 0, ""
    try:
        for part in walk():
            if len(found) == _MOST_PARTS:
                why = "more parts than are shown"
                break
            found.append(part)
            end = part.offset + part.length
    except _Bad as bad:
        why = str(bad)
    if end < len(data):
        found.append(Part(end, len(data) - end, 0, ("rest",), "rest", why or "behind the end"))
    return tuple(found)


def _int32(data: bytes, at: int, end: int) -> int:
    if at + 4 > end:
        raise _Bad("a length is cut off")
    return int(struct.unpack_from("<i", data, at)[0])


def _cstring(data: bytes, at: int, end: int) -> int:
    """The offset behind the NUL."""
    nul = data.find(b"\0", at, end)
    if nul < 0:
        raise _Bad("text without its end")
    return nul + 1


def _document(data: bytes, at: int, end: int, depth: int, path: tuple[str, ...]) -> Iterator[Part]:
    length = _int32(data, at, end)
    if length < 5 or at + length > end:
        raise _Bad(f"a document of {length} bytes does not fit here")
    stop = at + length - 1
    yield Part(at, 4, depth, (*path, " length"), "length", f"{length}")
    at += 4
    while at < stop and data[at] != 0:
        behind = _cstring(data, at + 1, stop)
        name = data[at + 1 : behind - 1].decode("utf-8", errors="replace")
        yield from _element(data, at, behind, stop, depth, (*path, name), name)
        at = _end_of_value(data, data[at], behind, stop)
    if at != stop or data[stop] != 0:
        raise _Bad("the document ends before its length" if at < stop else "the document lacks its end")
    yield Part(stop, 1, depth, (*path, " end"), "end", "")


def _end_of_value(data: bytes, kind: int, at: int, stop: int) -> int:
    if kind in _FIXED:
        end = at + _FIXED[kind]
    elif kind in _TEXTS:
        end = at + 4 + _int32(data, at, stop)
    elif kind in (0x03, 0x04, 0x0F):
        end = at + _int32(data, at, stop)
    elif kind == 0x05:
        end = at + 5 + _int32(data, at, stop)
    elif kind == 0x0B:
        end = _cstring(data, _cstring(data, at, stop), stop)
    elif kind == 0x0C:
        end = at + 4 + _int32(data, at, stop) + 12
    else:
        raise _Bad(f"no BSON type has the number {kind:#04x}")
    if not at <= end <= stop:
        raise _Bad(f"a value of type {TYPES[kind]} does not fit here")
    return end


def _element(data: bytes, at: int, value: int, stop: int, depth: int, path: tuple[str, ...], name: str) -> Iterator[Part]:
    kind = data[at]
    end = _end_of_value(data, kind, value, stop)
    if kind in (0x03, 0x04) and depth < _DEEPEST:
        yield Part(at, value - at, depth, path, name, TYPES[kind])
        yield from _document(data, value, end, depth + 1, path)
    elif kind == 0x05:
        subtype = data[value + 4]
        yield Part(at, value - at, depth, path, name, "binary")
        yield Part(value, 4, depth + 1, (*path, " length"), "length", f"{end - value - 5}")
        yield Part(value + 4, 1, depth + 1, (*path, " subtype"), "subtype", f"{subtype} {_SUBTYPES.get(subtype, '')}".rstrip())
        if end > value + 5:
            yield from _content(data, value + 5, end, subtype, depth + 1, path)
    else:
        yield Part(at, end - at, depth, path, name, f"{TYPES[kind]} {_scalar(kind, data[value:end])}".rstrip())


def _content(data: bytes, at: int, end: int, subtype: int, depth: int, path: tuple[str, ...]) -> Iterator[Part]:
    if subtype == 6:
        yield from _blob(data, at, end, depth, path)
    elif subtype == 4 and end - at == 16:
        yield Part(at, 16, depth, (*path, " bytes"), "bytes", str(uuid.UUID(bytes=data[at:end])))
    else:
        yield Part(at, end - at, depth, (*path, " bytes"), "bytes", "")


def _blob(data: bytes, at: int, end: int, depth: int, path: tuple[str, ...]) -> Iterator[Part]:
    kind = data[at]
    yield Part(at, 1, depth, (*path, " kind"), "ciphertext", f"{kind} {_BLOBS.get(kind, 'unknown')}")
    at += 1
    if kind in _BLOBS_OF_BSON and end - at >= 5:
        yield from _document(data, at, end, depth + 1, path)
        return
    if kind in _BLOBS_WITH_KEY and end - at >= 17:
        yield Part(at, 16, depth, (*path, " key id"), "key id", str(uuid.UUID(bytes=data[at : at + 16])))
        yield Part(at + 16, 1, depth, (*path, " type"), "type", f"{data[at + 16]:#04x} {TYPES.get(data[at + 16], 'unknown')}")
        at += 17
    if kind in _FLE1 and end - at >= _SHORTEST_SEALED:
        yield from _sealed(data, at, end, depth, path)
    elif at < end:
        yield Part(at, end - at, depth, (*path, " rest"), "bytes", "too short for IV, a block and a tag" if kind in _FLE1 else "")


def _sealed(data: bytes, at: int, end: int, depth: int, path: tuple[str, ...]) -> Iterator[Part]:
    """IV, blocks, tag: AEAD_AES_256_CBC_HMAC_SHA_512."""
    yield Part(at, _BLOCK, depth, (*path, " iv"), "IV", "")
    at += _BLOCK
    tag = end - _TAG
    for number in range(1, 5):
        length = min(_BLOCK, tag - at) if number < 4 else tag - at
        if length > 0:
            n = -(-length // _BLOCK)
            name = f"block {number}" if n == 1 else f"blocks {number} to {number + n - 1}"
            yield Part(at, length, depth, (*path, f" block {number}"), name, "cut" if length % _BLOCK else "")
            at += length
    yield Part(tag, _TAG, depth, (*path, " tag"), "tag", "")


def _scalar(kind: int, value: bytes) -> str:
    if kind in _TEXTS:
        return quoted(value[4:-1].decode("utf-8", errors="replace"))
    if kind == 0x0B:
        pattern, options = value[:-1].split(b"\0", 1)
        return f"/{pattern.decode('utf-8', errors='replace')}/{options.decode('utf-8', errors='replace')}"[:_LONGEST_TEXT]
    if kind == 0x01:
        return repr(struct.unpack("<d", value)[0])
    if kind in (0x10, 0x12):
        return str(int.from_bytes(value, "little", signed=True))
    if kind == 0x08:
        return {b"\0": "false", b"\1": "true"}.get(value, "neither false nor true")
    if kind == 0x09:
        return iso(int.from_bytes(value, "little", signed=True))
    if kind == 0x07:
        return value.hex()
    if kind == 0x11:
        return "{1} increment {0}".format(*struct.unpack("<II", value))
    return ""


def quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= _LONGEST_TEXT else f'"{text[:_LONGEST_TEXT]}" ...'


def iso(milliseconds: int) -> str:
    """A date as people write it, or the number where years end."""
    try:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return str(milliseconds)
    return when.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds").replace("+00:00", "Z")
