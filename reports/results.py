"""results.jsonl as values. A file that is not whole is refused: without its footer a run did not end, and what it says
must not be believed. docs/report.md and schemas/results.schema.json describe the lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
LEVELS = ("must", "should", "may")
VERDICTS = ("pass", "fail", "unsupported", "xfail", "xpass", "error")


class Refused(Exception):
    """The file cannot be believed: which line, and why."""


@dataclass(frozen=True)
class Subject:
    name: str
    file: str | None
    version: str | None
    clock: str | None
    random: str | None
    alloc: str | None
    native_crypto: bool | None
    hooks: bool | None
    lacks: tuple[str, ...]
    foreign: bool
    absent: str | None
    hosts: int


@dataclass(frozen=True)
class Span:
    """Where a transcript lies: bytes of a file in the report folder."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True)
class Difference:
    at: str
    rule: str | None
    expected: str | None
    actual: str | None
    why: str


@dataclass(frozen=True)
class Verdict:
    case: str
    area: str
    subject: str
    level: str
    verdict: str
    cause: str | None
    advisory: bool
    reason: str | None
    differences: tuple[Difference, ...]
    transcript: Span | None

    @property
    def bad(self) -> bool:
        """Does it count against the run? An expected failure and an advisory one do not."""
        return self.verdict in ("xpass", "error") or (self.verdict == "fail" and not self.advisory)

    @property
    def why(self) -> str:
        """One sentence: the cause, the reason or the first difference."""
        first = f"{self.differences[0].at}: {self.differences[0].why}" if self.differences else None
        return ": ".join(part for part in (self.cause, self.reason or first) if part) or "no reason was given"


@dataclass(frozen=True)
class Selection:
    """What was asked to run. Nothing chosen, and the run was whole."""

    paths: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    level: str = "may"
    hazards: bool = False
    stdin: bool = False
    cut_short: bool = False


@dataclass(frozen=True)
class Results:
    fleproof: str
    seed: int
    jobs: int
    selection: Selection
    subjects: tuple[Subject, ...]
    verdicts: tuple[Verdict, ...]
    exit: int

    def of(self, subject: str) -> Iterator[Verdict]:
        return (line for line in self.verdicts if line.subject == subject)

    @property
    def present(self) -> tuple[Subject, ...]:
        return tuple(subject for subject in self.subjects if subject.absent is None)

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(sorted({line.area for line in self.verdicts}))

    def count(self, subject: str, area: str | None = None) -> dict[str, int]:
        """Verdicts by word; advisory failures have a word of their own, `advisory`."""
        found = Counter(
            "advisory" if line.verdict == "fail" and line.advisory else line.verdict
            for line in self.of(subject)
            if area in (None, line.area)
        )
        return {word: found[word] for word in (*VERDICTS, "advisory") if found[word]}


def read(path: Path) -> Results:
    """Reads and checks the whole file, or raises Refused with the file, the line and the reason."""
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")  # splitlines knows more ends of a line than JSON lines
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refused(f"{path}: cannot be read: {trouble}") from trouble
    events = [_parse(path, number, text) for number, text in enumerate(lines, 1)] if lines != [""] else []
    if not events or events[0].get("ev") != "header":
        raise Refused(f"{path}:1: the first line is not a header")
    if events[0].get("format") != FORMAT:
        raise Refused(f"{path}:1: format {events[0].get('format')!r} is not known here, only {FORMAT}")
    if events[-1].get("ev") != "footer" or events[-1].get("complete") is not True:
        raise Refused(f"{path}:{len(events)}: the last line is not a footer of a complete run: the run did not end")
    try:
        return _checked(path, events)
    except (KeyError, TypeError, AttributeError) as trouble:
        raise Refused(f"{path}: a field is missing or of another type: {trouble}") from trouble


def _parse(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
        if "\\u" in text:
            json.dumps(event, ensure_ascii=False).encode()  # half a letter can be read, but never written again
    except (ValueError, RecursionError) as trouble:  # also a number without end, or brackets without end
        raise Refused(f"{path}:{number}: not JSON: {trouble}") from trouble
    if not isinstance(event, dict):
        raise Refused(f"{path}:{number}: not an object")
    return event


def _checked(path: Path, events: list[dict[str, Any]]) -> Results:
    header, footer = events[0], events[-1]
    subjects = tuple(_subject(item) for item in header["subjects"])
    names = {subject.name for subject in subjects}
    verdicts: list[Verdict] = []
    seen: set[tuple[str, str]] = set()
    for number, event in enumerate(events[1:-1], 2):
        if event.get("ev") != "verdict":
            raise Refused(f"{path}:{number}: {event.get('ev')!r} does not belong between header and footer")
        line = _verdict(event)
        if line.verdict not in VERDICTS:
            raise Refused(f"{path}:{number}: {line.verdict!r} is no verdict")
        if line.subject not in names:
            raise Refused(f"{path}:{number}: the header knows no subject {line.subject!r}")
        if (line.case, line.subject) in seen:
            raise Refused(f"{path}:{number}: a second verdict of {line.case} on {line.subject}")
        seen.add((line.case, line.subject))
        verdicts.append(line)
    trouble = _footer_trouble(footer, names, verdicts)
    if trouble:
        raise Refused(f"{path}:{len(events)}: {trouble}")
    selection = _selection(header.get("selection") or {})
    return Results(header["fleproof"], header["seed"], header["jobs"], selection, subjects, tuple(verdicts), footer["exit"])


def _footer_trouble(footer: dict[str, Any], names: set[str], verdicts: list[Verdict]) -> str | None:
    """What the footer says that its lines do not bear out."""
    cases = len({line.case for line in verdicts})
    if footer["lines"] != len(verdicts):
        return f"the footer speaks of {footer['lines']} lines, there are {len(verdicts)}"
    if footer["cases"] != cases:
        return f"the footer speaks of {footer['cases']} cases, there are {cases}"
    for name in sorted(names | set(footer["counts"])):
        found = Counter(line.verdict for line in verdicts if line.subject == name)
        if {word: n for word, n in footer["counts"].get(name, {}).items() if n} != dict(found):
            return f"the footer's counts of {name} are not those of the lines"
    told = footer["exit"]
    if type(told) is not int or told not in range(4):
        return f"the footer's exit {told!r} is no exit code of a run (0 to 3)"
    # More than the lines can make a run fail, so a higher code is believed.
    if told != 3 and any(line.verdict == "error" for line in verdicts):
        return f"the footer says exit {told}, but a verdict is error: that run ends in 3"
    if told == 0 and any(line.bad for line in verdicts):
        return "the footer says exit 0, but not all verdicts are as expected"
    return None


def _is(kind: type, *values: Any) -> None:
    for value in values:
        if type(value) is not kind:
            raise TypeError(f"{value!r} where {kind.__name__} belongs")


def _selection(item: dict[str, Any]) -> Selection:
    """An older file has none: its run passes for a whole one."""
    lists = {name: tuple(item.get(name, ())) for name in ("paths", "keep", "drop", "subjects")}
    flags = {name: item.get(name, False) for name in ("hazards", "stdin", "cut_short")}
    level = item.get("level", "may")
    _is(str, level, *(text for texts in lists.values() for text in texts))
    _is(bool, *flags.values())
    if level not in LEVELS:
        raise TypeError(f"{level!r} is no level")
    return Selection(**lists, level=level, **flags)


def _subject(item: dict[str, Any]) -> Subject:
    fields = {name: item.get(name) for name in ("file", "version", "clock", "random", "alloc", "native_crypto", "hooks")}
    _is(str, item["name"])
    return Subject(
        name=item["name"],
        **fields,
        lacks=tuple(item.get("lacks") or ()),
        foreign=item["foreign"],
        absent=item["absent"],
        hosts=item.get("hosts") or 0,
    )


def _verdict(event: dict[str, Any]) -> Verdict:
    span = event["transcript"]
    _is(str, *(event[name] for name in ("case", "area", "subject", "level", "verdict")))
    _is(str, *(event[name] for name in ("cause", "reason") if event[name] is not None))
    _is(str, *(d[name] for d in event["differences"] for name in ("at", "why")))
    _is(bool, event["advisory"])
    return Verdict(
        case=event["case"],
        area=event["area"],
        subject=event["subject"],
        level=event["level"],
        verdict=event["verdict"],
        cause=event["cause"],
        advisory=event["advisory"],
        reason=event["reason"],
        differences=tuple(Difference(d["at"], d["rule"], d["expected"], d["actual"], d["why"]) for d in event["differences"]),
        transcript=Span(span["file"], span["offset"], span["length"]) if span else None,
    )
