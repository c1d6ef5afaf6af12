"""`fleproof explain CASE`: what was asked and answered, what was expected and what came, and the rule in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports import folder, notation, pages, results, rules
from reports.results import Refused


def _milliseconds(clock: Any) -> Any:
    return clock.get("$numberLong", clock) if isinstance(clock, dict) else clock


def _turn(turn: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A call with its exchange and what is expected of it, or a move of the clock."""
    if "clock" in turn:
        yield "clock", f"+{_milliseconds(turn['clock'])} ms"
    if "call" in turn:
        yield "call", notation.lines(turn["call"])
    for item in turn.get("exchange") or ():
        for word, what in item.items():
            yield word, notation.lines(what)
    if "expect" in turn:
        yield "expects", notation.lines(turn["expect"])


def written(case: dict[str, Any]) -> list[tuple[str, str]]:
    """The case as it stands in its file after defaults and matrix: a word and a text for each line."""
    lines = [(part, notation.lines(case[part])) for part in ("handle", "world") if part in case]
    for turn in case.get("calls") or ([case] if "call" in case else []):
        lines += _turn(turn)
    lines += [(f"step {number}", notation.lines(step)) for number, step in enumerate(case.get("steps") or ())]
    if "calls" in case or "steps" in case:
        lines += [("expects", notation.lines(case["expect"]))] if "expect" in case else []
    return lines


def explain(report: Path, case_id: str, subject: str | None, catalogue: Path = rules.FOLDER) -> str:
    """The page as text. Raises Refused when the report has no such case or subject."""
    read = results.read(report / "results.jsonl")
    case = next((case for case in folder.cases(report) if case.id == case_id), None)
    if case is None:
        near = difflib.get_close_matches(case_id, [line.case for line in read.verdicts], n=3)
        raise Refused(f"{report} has no case {case_id}" + (f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""))
    lines = [line for line in read.verdicts if line.case == case_id and subject in (None, line.subject)]
    if not lines:
        raise Refused(f"{report} has no verdict of {case_id} on {subject}; it knows {' '.join(s.name for s in read.present)}")
    known = rules.catalogue(catalogue)
    return pages.page(
        "explain.txt.j2",
        case=case,
        written=written(case.case),
        rules=[known.get(rule) or rules.Rule(rule, "", "not in the catalogue", "") for rule in case.rules],
        subjects=[(line, folder.transcript(report, line.transcript) if line.transcript else ()) for line in lines],
    )
