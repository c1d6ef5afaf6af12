"""Values as people read them: extended JSON as the lines that a shell would print, and two such texts with what differs marked.

The notation keeps types apart: `1` is an int32, `Long(1)` an int64, `1.0` a double, `UUID("...")` and `Binary(6, "hex")` bytes.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
import uuid
from typing import Any

from reports.annotate import iso

_WIDTH = 60
_LONGEST_BINARY = 16
_LONGEST_STRING = 600
_MOST_LINES = 120
_MOST_TOKENS = 4000
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")

Segments = list[list[Any]]  # [text, differs]


def lines(value: Any) -> str:
    """Broken into lines where one would be too long; very long values end in a line that says how much is left out."""
    try:
        text = _broken(value, "")
    except RecursionError:
        return "nested too deeply to be shown"
    found = text.split("\n")
    if len(found) > _MOST_LINES:
        found = [*found[:_MOST_LINES], f"... and {len(found) - _MOST_LINES} lines more"]
    return "\n".join(found)


def told(text: str | None) -> str | None:
    """A value that stands as extended JSON in a text, in this notation; text that is no JSON stays."""
    if text is None:
        return None
    try:
        return lines(json.loads(text))
    except ValueError:
        return text


def marked(expected: str, actual: str) -> tuple[Segments, Segments]:
    """Both texts in segments, those that the other lacks marked."""
    left, right = _TOKEN.findall(expected), _TOKEN.findall(actual)
    if len(left) + len(right) > _MOST_TOKENS:
        return [[expected, False]], [[actual, False]]
    one: Segments = []
    two: Segments = []
    for word, i, j, k, m in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        _add(one, "".join(left[i:j]), word != "equal")
        _add(two, "".join(right[k:m]), word != "equal")
    return one, two


def _add(segments: Segments, text: str, differs: bool) -> None:
    if text and segments and segments[-1][1] == differs:
        segments[-1][0] += text
    elif text:
        segments.append([text, differs])


def _broken(value: Any, indent: str) -> str:
    flat = _flat(value)
    if len(flat) + len(indent) <= _WIDTH:
        return flat
    deeper = indent + "  "
    if isinstance(value, dict) and _special(value) is None:
        inner = ",\n".join(f"{deeper}{_name(key)}: {_broken(item, deeper)}" for key, item in value.items())
        return f"{{\n{inner}\n{indent}}}"
    if isinstance(value, list):
        inner = ",\n".join(deeper + _broken(item, deeper) for item in value)
        return f"[\n{inner}\n{indent}]"
    return flat


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        special = _special(value)
        if special is not None:
            return special
        return "{" + ", ".join(f"{_name(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, str) and len(value) > _LONGEST_STRING:
        return f"{json.dumps(value[:_LONGEST_STRING], ensure_ascii=False)} ... {len(value)} characters"
    return json.dumps(value, ensure_ascii=False)


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_$][\w$]*", key, re.ASCII) else json.dumps(key, ensure_ascii=False)


def _special(value: dict[str, Any]) -> str | None:
    """A wrapper of extended JSON in one expression; None for a document."""
    if len(value) != 1:
        return None
    key, inner = next(iter(value.items()))
    writer = _WRITERS.get(key)
    if writer is None:
        return None
    try:
        return str(writer(inner))
    except (TypeError, ValueError, KeyError, AttributeError, binascii.Error):
        return None


def _binary(inner: dict[str, str]) -> str:
    data, subtype = base64.b64decode(inner["base64"], validate=True), int(inner["subType"], 16)
    if subtype == 4 and len(data) == 16:
        return f'UUID("{uuid.UUID(bytes=data)}")'
    if len(data) <= _LONGEST_BINARY:
        return f'Binary({subtype}, "{data.hex()}")'
    return f'Binary({subtype}, "{data[:8].hex()}...{data[-4:].hex()}", {len(data)} bytes)'


def _double(text: str) -> str:
    return text if re.search(r"[.eEN]|Inf", text) else f"{text}.0"


def _date(inner: Any) -> str:
    return f'Date("{inner if isinstance(inner, str) else iso(int(inner["$numberLong"]))}")'


_WRITERS = {
    "$numberInt": lambda text: int(text),
    "$numberLong": lambda text: f"Long({int(text)})",
    "$numberDouble": _double,
    "$numberDecimal": lambda text: f'Decimal("{text}")',
    "$binary": _binary,
    "$date": _date,
    "$oid": lambda text: f'ObjectId("{text}")',
    "$timestamp": lambda inner: f"Timestamp({inner['t']}, {inner['i']})",
    "$regularExpression": lambda inner: f"/{inner['pattern']}/{inner['options']}",
    "$symbol": lambda text: f"Symbol({json.dumps(text)})",
    "$undefined": lambda _: "undefined",
    "$minKey": lambda _: "MinKey()",
    "$maxKey": lambda _: "MaxKey()",
}
