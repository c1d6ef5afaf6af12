"""`fleproof compare OLD NEW`: what another run says differently. Both are results.jsonl, or folders that hold one.

A case that OLD has and NEW lacks has vanished, unless the selection of NEW says that it could not be there. Verdicts are
compared, never computed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports import pages, results
from reports.results import LEVELS, Results, Selection, Verdict

FORMAT = 1
# Worst first. `worse` decides the exit code.
KINDS = {
    "new_failure": "New failures",
    "vanished": "Vanished",
    "unsupported": "No longer judged",
    "changed": "Changed text or cause",
    "other": "Changed verdict",
    "fixed": "Fixed",
    "new": "New cases",
    "not_run": "Not run this time",
}
WORSE = ("new_failure", "vanished", "unsupported")


@dataclass(frozen=True)
class Change:
    kind: str
    subject: str
    case: str
    old: str | None  # words of a verdict, `fail (advisory)` apart
    new: str | None
    old_why: str | None
    new_why: str | None


@dataclass(frozen=True)
class Comparison:
    old: Results
    new: Results
    subjects: tuple[str, ...]
    changes: tuple[Change, ...]

    def of(self, subject: str, kind: str) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if (change.subject, change.kind) == (subject, kind))

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        return {name: {kind: len(self.of(name, kind)) for kind in KINDS} for name in self.subjects}

    @property
    def worse(self) -> bool:
        return any(change.kind in WORSE for change in self.changes)


def file_of(path: Path) -> Path:
    return path / "results.jsonl" if path.is_dir() else path


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    """Only `*` and `?` are special, as for -k; `fnmatch` would take brackets, and ids have them."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter) or re.escape(letter) for letter in pattern), re.DOTALL)


def _fits(patterns: tuple[str, ...], case: str) -> bool:
    return any(_glob(pattern).fullmatch(case) for pattern in patterns)


def selects(selection: Selection, old: Selection, line: Verdict) -> bool:
    """Would a run of this selection have met the case? A selection that cannot be asked is asked whether it is that of OLD."""
    if selection == old:
        return not selection.stdin and not selection.cut_short
    if selection.stdin or selection.cut_short or (selection.paths and selection.paths != old.paths):
        return False
    if selection.subjects and line.subject not in selection.subjects:
        return False
    by_level = LEVELS.index(line.level) <= LEVELS.index(selection.level) if line.level in LEVELS else True
    return by_level and (not selection.keep or _fits(selection.keep, line.case)) and not _fits(selection.drop, line.case)


def _word(line: Verdict) -> str:
    return f"{line.verdict} (advisory)" if line.verdict == "fail" and line.advisory else line.verdict


def _text(line: Verdict) -> tuple[Any, ...]:
    return line.cause, line.reason, line.differences


def _why(line: Verdict | None) -> str | None:
    return line.why if line and line.verdict != "pass" else None


def _kind(old: Verdict | None, new: Verdict | None, comparable: bool) -> str | None:
    """`comparable`: the other run's selection would have met the case, in the same way."""
    if new is None:
        return "vanished" if comparable else "not_run"
    if old is None:
        return "new_failure" if new.bad else "new"
    if new.bad and not old.bad:
        return "new_failure"
    if old.verdict in ("pass", "xfail") and new.verdict == "unsupported":
        return "unsupported" if comparable else "not_run"
    if old.bad and new.verdict in ("pass", "xfail"):
        return "fixed"
    if _word(new) != _word(old):
        return "other"
    return "changed" if new.verdict != "pass" and _text(new) != _text(old) else None


def compare(old: Results, new: Results) -> Comparison:
    names = [subject.name for subject in old.subjects]
    names += [subject.name for subject in new.subjects if subject.name not in names]
    was = {(line.subject, line.case): line for line in old.verdicts}
    now = {(line.subject, line.case): line for line in new.verdicts}
    fewer_hazards = old.selection.hazards and not new.selection.hazards
    changes = []
    for name, case in sorted({*was, *now}):
        before, after = was.get((name, case)), now.get((name, case))
        comparable = before is None or selects(new.selection, old.selection, before)
        if after is not None:
            comparable = not (fewer_hazards and "--hazards" in (after.reason or ""))
        kind = _kind(before, after, comparable)
        if kind:
            words = (_word(before) if before else None, _word(after) if after else None)
            changes.append(Change(kind, name, case, *words, _why(before), _why(after)))
    return Comparison(old, new, tuple(names), tuple(changes))


def _listed(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        yield from (asdict(change) for change in comparison.changes if change.kind == kind)


def as_json(comparison: Comparison) -> str:
    """docs/report.md describes it."""
    found = {
        "format": FORMAT,
        "worse": comparison.worse,
        "old": {"fleproof": comparison.old.fleproof, "selection": asdict(comparison.old.selection)},
        "new": {"fleproof": comparison.new.fleproof, "selection": asdict(comparison.new.selection)},
        "counts": comparison.counts,
        "changes": list(_listed(comparison)),
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def page(comparison: Comparison, template: str) -> str:
    return pages.page(template, comparison=comparison, kinds=KINDS)


def run(old: Path, new: Path, markdown: Path | None, into: Path | None) -> tuple[str, int]:
    """What is printed, and the exit code: 1 when something got worse."""
    comparison = compare(results.read(file_of(old)), results.read(file_of(new)))
    if markdown:
        markdown.write_text(page(comparison, "compare.md.j2"), encoding="utf-8")
    if into:
        into.write_text(as_json(comparison), encoding="utf-8")
    return page(comparison, "compare.txt.j2"), 1 if comparison.worse else 0
