"""Annotated bytes as rows of a page: of one value, or of an expected and an actual one beside each other.

A row is a named part. Long parts are cut to their ends and to where they differ; what is left out is counted.
"""

from __future__ import annotations

import base64
import difflib
import re
from typing import Any

import bson
from bson import json_util
from bson.codec_options import DatetimeConversion

from reports.annotate import Part, binary_parts, parts

_WHOLE = 256  # a part up to this length is shown whole
_HEAD = 64
_TAIL = 16
_NEAR = 16
_EXACT = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_MS
)
_INEXACT = re.compile(r'"\$(symbol|undefined|dbPointer|\$\w+)"')  # no BSON comes back from these, or they are matchers

Row = list[Any]  # of one value: offset, depth, name, text, chunks, differs
PairRow = list[Any]  # of two: depth, name, [offset, text, chunks] or None for expected and for actual, differs


def single(data: bytes, found: tuple[Part, ...], differing: tuple[tuple[str, ...], ...] = ()) -> list[Row]:
    """Parts below one of the paths are marked whole."""
    return [
        [
            part.offset,
            part.depth,
            part.name,
            part.text,
            _chunks(_bytes(data, part)),
            any(part.path[: len(p)] == p for p in differing),
        ]
        for part in found
    ]


def pair(expected: tuple[bytes, tuple[Part, ...]], actual: tuple[bytes, tuple[Part, ...]]) -> list[PairRow]:
    """Parts of the same path stand in one row; a part that the other side lacks stands alone."""
    (left, one), (right, two) = expected, actual
    rows: list[PairRow] = []
    matcher = difflib.SequenceMatcher(None, [part.path for part in one], [part.path for part in two], autojunk=False)
    for word, i, j, k, m in matcher.get_opcodes():
        if word == "equal":
            rows += [_both(left, a, right, b) for a, b in zip(one[i:j], two[k:m], strict=True)]
        else:
            rows += [[part.depth, part.name, _side(left, part, 0), None, True] for part in one[i:j]]
            rows += [[part.depth, part.name, None, _side(right, part, 0), True] for part in two[k:m]]
    return rows


def of_texts(expected: str | None, actual: str | None, name: str) -> list[PairRow] | None:
    """Two values that stand as extended JSON. None when one of them has no bytes of its own, as a matcher or an error class."""
    left, right = _value(expected), _value(actual)
    if left is None or right is None:
        return None
    return pair(_encoded(left[0], name, right[0]), _encoded(right[0], name, left[0]))


def of_text(actual: str | None, name: str) -> list[Row] | None:
    """One value that stands as extended JSON."""
    value = _value(actual)
    if value is None:
        return None
    data, found = _encoded(value[0], name, None)
    return single(data, found)


def _value(text: str | None) -> tuple[Any] | None:
    if not text or _INEXACT.search(text):
        return None
    try:
        return (json_util.loads(text, json_options=_EXACT),)
    except (ValueError, TypeError, KeyError, bson.errors.BSONError):
        return None


def _encoded(value: Any, name: str, other: Any) -> tuple[bytes, tuple[Part, ...]]:
    """A document by itself, a binary by its content, anything else as an element of its name. A document that could not be
    read as one is told as bare bytes: beside a document it is read as far as it goes."""
    if isinstance(value, dict):
        data = bson.encode(value)
        return data, parts(data)
    if isinstance(value, bytes):
        subtype = value.subtype if isinstance(value, bson.Binary) else 0
        if subtype == 0 and isinstance(other, dict):
            return bytes(value), parts(bytes(value))
        return bytes(value), binary_parts(bytes(value), subtype)
    data = bson.encode({name: value})
    return data, parts(data)[1:-1]


def _both(left: bytes, one: Part, right: bytes, two: Part) -> PairRow:
    a, b = _bytes(left, one), _bytes(right, two)
    first = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return [one.depth, one.name, _side(left, one, first), _side(right, two, first), a != b]


def _side(data: bytes, part: Part, first: int) -> list[Any]:
    return [part.offset, part.text, _chunks(_bytes(data, part), first)]


def _bytes(data: bytes, part: Part) -> bytes:
    return data[part.offset : part.offset + part.length]


def _chunks(data: bytes, first: int = 0) -> list[str | int]:
    """Base64 of the bytes that are shown, and between them how many are not."""
    if len(data) <= _WHOLE:
        return [base64.b64encode(data).decode()]
    shown = [(0, _HEAD), (max(_HEAD, first - _NEAR), max(_HEAD, first + _NEAR)), (len(data) - _TAIL, len(data))]
    chunks: list[str | int] = []
    at = 0
    for begin, end in shown:
        begin, end = max(begin, at), min(end, len(data))
        if begin >= end:
            continue
        if begin > at:
            chunks.append(begin - at)
        chunks.append(base64.b64encode(data[begin:end]).decode())
        at = end
    return chunks
