"""`fleproof explain CASE`: what was asked and answered, what was expected and what came, and the rule in words."""

from __future__ import annotations

import difflib
from pathlib import Path

from reports import folder, pages, results, rules
from reports.results import Refused


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
        rules=[known.get(rule) or rules.Rule(rule, "", "not in the catalogue", "") for rule in case.rules],
        subjects=[(line, folder.transcript(report, line.transcript) if line.transcript else ()) for line in lines],
    )
