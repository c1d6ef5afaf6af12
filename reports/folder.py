"""The rest of a report folder: the cases that ran, and the transcripts as lists of events.

Bytes of an event are shown as a document when they are one. A value over 64 KiB lies in a file of its own and is named,
not read.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import Any

import bson
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion

from reports import notation
from reports.results import Refused, Span

DECODE: CodecOptions[Any] = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
CANONICAL = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
_LONGEST_SHOWN = 4096


@dataclass(frozen=True)
class Case:
    id: str
    area: str
    file: str
    line: int
    level: str
    rules: tuple[str, ...]
    explain: str | None
    breaks: str | None
    mend: Any
    case: dict[str, Any]


def cases(report: Path) -> Iterator[Case]:
    """The cases of the run, in its order."""
    for text in _lines(report / "cases.jsonl"):
        event = json.loads(text)
        yield Case(
            event["id"],
            event["area"],
            event["file"],
            event["line"],
            event["level"],
            tuple(event["rules"]),
            event.get("explain"),
            event.get("breaks"),
            event.get("mend"),
            event["case"] or {},
        )


def transcript(report: Path, span: Span) -> tuple[dict[str, Any], ...]:
    """The events of one case on one subject. A line that is no object is kept as {"ev": "garbage", "text": ...}."""
    path = report / span.file
    if not path.resolve().is_relative_to(report.resolve()):
        raise Refused(f"{span.file}: lies outside of the report folder")
    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
            if not 0 <= span.offset <= span.offset + span.length <= size:
                raise Refused(
                    f"{path}: a transcript should be {span.length} bytes at offset {span.offset}, but the file has {size} bytes"
                )
            file.seek(span.offset)
            lines = file.read(span.length).decode("utf-8", errors="replace").splitlines()
    except OSError as trouble:
        raise Refused(f"{path}: cannot be read: {trouble}") from trouble
    return tuple(_event(line) for line in lines)


def value(report: Path, subject: str, name: object) -> bytes:
    """A value that lies in a file of its own; nothing if there is no such file."""
    if not isinstance(name, str) or not name.isalnum():
        return b""
    path = report / "transcripts" / f"{subject}.files" / name
    try:
        return path.read_bytes() if path.resolve().is_relative_to(report.resolve()) else b""
    except OSError:
        return b""


def shown(value: Any) -> str:
    """Bytes of a transcript for people: a document in the notation of the pages, else hex; or where they lie."""
    if value is None:
        return "nothing"
    if isinstance(value, dict) and "sha256" in value:
        return f"{value['len']} bytes, SHA-256 {value['sha256']}, in {value.get('file')}"
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value
    try:
        return notation.lines(json.loads(json_util.dumps(bson.decode(data, DECODE), json_options=CANONICAL)))
    except (bson.errors.BSONError, ValueError, OverflowError, RecursionError):
        text = f"hex {data.hex()}" if data else "no bytes"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ... ({len(data)} bytes)"


def _event(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        event = None
    return event if isinstance(event, dict) else {"ev": "garbage", "text": text[:200]}


def _lines(path: Path) -> Iterator[str]:
    """One by one: a case with a document of 16 MiB is a long line."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refused(f"{path}: cannot be read: {trouble}") from trouble
