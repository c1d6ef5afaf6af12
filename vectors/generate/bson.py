"""BSON, as little as the vectors need: writing elements, reading them back one by one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

DOUBLE, STRING, DOCUMENT, ARRAY, BINARY, UNDEFINED, OBJECT_ID, BOOL, DATE, NULL, REGEX = range(0x01, 0x0C)
DB_POINTER, CODE, SYMBOL, SCOPED_CODE, INT32, TIMESTAMP, INT64, DECIMAL = range(0x0C, 0x14)
MIN_KEY, MAX_KEY = 0xFF, 0x7F

NAMES = {
    DOUBLE: "double", STRING: "string", DOCUMENT: "object", ARRAY: "array", BINARY: "binData", UNDEFINED: "undefined",
    OBJECT_ID: "objectId", BOOL: "bool", DATE: "date", NULL: "null", REGEX: "regex", DB_POINTER: "dbPointer",
    CODE: "javascript", SYMBOL: "symbol", SCOPED_CODE: "javascriptWithScope", INT32: "int", TIMESTAMP: "timestamp",
    INT64: "long", DECIMAL: "decimal", MIN_KEY: "minKey", MAX_KEY: "maxKey",
}  # fmt: skip


class Malformed(Exception):
    """Bytes that are no BSON document."""


# --- writing ----------------------------------------------------------------------------------------------------------


def element(kind: int, name: str, value: bytes) -> bytes:
    return bytes([kind]) + name.encode() + b"\0" + value


def document(*elements: bytes) -> bytes:
    inside = b"".join(elements)
    return struct.pack("<i", len(inside) + 5) + inside + b"\0"


def text_value(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<i", len(raw) + 1) + raw + b"\0"


def binary_value(data: bytes, subtype: int = 0) -> bytes:
    return struct.pack("<iB", len(data), subtype) + data


def text(name: str, value: str | bytes) -> bytes:
    return element(STRING, name, text_value(value))


def binary(name: str, data: bytes, subtype: int = 0) -> bytes:
    return element(BINARY, name, binary_value(data, subtype))


def int32(name: str, value: int) -> bytes:
    return element(INT32, name, struct.pack("<i", value))


def int64(name: str, value: int) -> bytes:
    return element(INT64, name, struct.pack("<q", value))


def double(name: str, value: float) -> bytes:
    return element(DOUBLE, name, struct.pack("<d", value))


def boolean(name: str, value: bool) -> bytes:
    return element(BOOL, name, bytes([value]))


def date(name: str, ms: int) -> bytes:
    return element(DATE, name, struct.pack("<q", ms))


def sub(name: str, *elements: bytes) -> bytes:
    return element(DOCUMENT, name, document(*elements))


def array(name: str, values: list[tuple[int, bytes]]) -> bytes:
    return element(ARRAY, name, document(*(element(kind, str(i), value) for i, (kind, value) in enumerate(values))))


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Element:
    kind: int
    name: bytes
    value: bytes

    def text(self) -> bytes:
        return self.value[4:-1]

    def binary(self) -> tuple[int, bytes]:
        return self.value[4], self.value[5:]


FIXED = {DOUBLE: 8, UNDEFINED: 0, OBJECT_ID: 12, BOOL: 1, DATE: 8, NULL: 0, INT32: 4, TIMESTAMP: 8, INT64: 8, DECIMAL: 16,
         MIN_KEY: 0, MAX_KEY: 0}  # fmt: skip


def _length(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise Malformed("a length is cut")
    return int(struct.unpack_from("<i", data, at)[0])


def _text_len(data: bytes, at: int) -> int:
    n = _length(data, at)
    if n < 1 or at + 4 + n > len(data) or data[at + 3 + n] != 0:
        raise Malformed("a text does not end")
    return 4 + n


def _document_len(data: bytes, at: int) -> int:
    n = _length(data, at)
    if n < 5 or at + n > len(data):
        raise Malformed("a document does not end")
    list(elements(data[at : at + n]))
    return n


def _value_len(kind: int, data: bytes, at: int) -> int:
    if kind in FIXED:
        if kind == BOOL and data[at : at + 1] not in (b"\0", b"\1"):
            raise Malformed("a boolean is neither 0 nor 1")
        return FIXED[kind]
    if kind in (STRING, CODE, SYMBOL):
        return _text_len(data, at)
    if kind in (DOCUMENT, ARRAY):
        return _document_len(data, at)
    if kind == BINARY:
        n = _length(data, at)
        if n < 0 or (data[at + 4 : at + 5] == b"\2" and (n < 4 or _length(data, at + 5) != n - 4)):
            raise Malformed("a binary of a wrong length")
        return 5 + n
    if kind == REGEX:
        second = data.find(b"\0", data.find(b"\0", at) + 1)
        if data.find(b"\0", at) < 0 or second < 0:
            raise Malformed("a regular expression does not end")
        return second + 1 - at
    if kind == DB_POINTER:
        return _text_len(data, at) + 12
    if kind == SCOPED_CODE:
        n = _length(data, at)
        code = _text_len(data, at + 4)
        if n != 4 + code + _document_len(data, at + 4 + code):
            raise Malformed("code and scope do not add up")
        return n
    raise Malformed(f"type {kind:#x} is unknown")


def elements(data: bytes) -> Iterator[Element]:
    """Every element of a document; `Malformed` where it stops being one."""
    if len(data) < 5 or _length(data, 0) != len(data) or data[-1] != 0:
        raise Malformed("the length of the document is wrong")
    at, end = 4, len(data) - 1
    while at < end:
        kind, stop = data[at], data.find(b"\0", at + 1, end)
        if stop < 0:
            raise Malformed("a name does not end")
        n = _value_len(kind, data[:end], stop + 1)
        if stop + 1 + n > end:
            raise Malformed("a value does not end")
        yield Element(kind, data[at + 1 : stop], data[stop + 1 : stop + 1 + n])
        at = stop + 1 + n


def find(data: bytes, name: str) -> Element | None:
    return next((e for e in elements(data) if e.name == name.encode()), None)
