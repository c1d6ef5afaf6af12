"""index.html: the whole report in one file that needs no network. The tables stand in the page as they are; what a script needs
for the list of cases is small and comes first; what happened in each case follows in packed chunks that are opened on demand.
"""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports import dump, folder, notation, pages, rules, story
from reports.annotate import parts
from reports.folder import Case
from reports.results import VERDICTS, Difference, Results, Verdict

WORDS = (*VERDICTS, "advisory")
_CASES_A_CHUNK = 32


def write(report: Path, results: Results, catalogue: Path = rules.FOLDER) -> None:
    """index.html into the report folder."""
    cases = tuple(folder.cases(report))
    known = rules.catalogue(catalogue)
    (report / "index.html").write_text(
        pages.page(
            "index.html.j2",
            results=results,
            words=WORDS,
            shown_words={subject.name: _shown_words(results, subject.name) for subject in results.present},
            bad=[line for line in results.verdicts if line.bad],
            cases=len({line.case for line in results.verdicts}),
            index=_script(_index(results, cases, known)),
            chunks=tuple(Markup(base64.b64encode(chunk).decode()) for chunk in _chunks(report, results, cases)),
        ),
        encoding="utf-8",
    )


def word(line: Verdict) -> str:
    """The verdict as it is counted: advisory failures have a word of their own."""
    return "advisory" if line.verdict == "fail" and line.advisory else line.verdict


def _shown_words(results: Results, subject: str) -> tuple[str, ...]:
    """The columns of a subject: passed, failed, and whatever else there is."""
    counts = results.count(subject)
    return tuple(w for w in WORDS if w in ("pass", "fail") or counts.get(w))


def _script(value: Any) -> Markup:
    """JSON that can stand in a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _index(results: Results, cases: tuple[Case, ...], known: dict[str, rules.Rule]) -> dict[str, Any]:
    """What the list shows and what the filters look at, once for each case; texts that repeat stand once."""
    by_case = _by_case(results)
    facts = {case.id: case for case in cases}
    whys: dict[str, int] = {}
    names = [subject.name for subject in results.present]
    rows = []
    for case_id, lines in by_case.items():
        case = facts.get(case_id)
        verdicts = [
            [WORDS.index(word(lines[name])), _number(whys, _why(lines[name])), int(lines[name].bad)] if name in lines else 0
            for name in names
        ]
        first = next(iter(lines.values()))
        rows.append(
            [
                case_id,
                first.area,
                first.level,
                case.rules if case else (),
                case.file if case else "",
                case.line if case else 0,
                verdicts,
            ]
        )
    used = sorted({rule for row in rows for rule in row[3]})
    return {
        "words": WORDS,
        "subjects": names,
        "chunk": _CASES_A_CHUNK,
        "whys": list(whys),
        "rules": {rule: [known[rule].level, known[rule].rule, known[rule].source] for rule in used if rule in known},
        "cases": rows,
    }


def _why(line: Verdict) -> str:
    return "" if line.verdict == "pass" else line.why


def _number(pool: dict[str, int], text: str) -> int:
    return pool.setdefault(text, len(pool))


def _by_case(results: Results) -> dict[str, dict[str, Verdict]]:
    found: dict[str, dict[str, Verdict]] = {}
    for line in results.verdicts:
        found.setdefault(line.case, {})[line.subject] = line
    return found


def _chunks(report: Path, results: Results, cases: tuple[Case, ...]) -> Iterator[bytes]:
    by_id = {case.id: case for case in cases}
    by_case = list(_by_case(results).items())
    for begin in range(0, len(by_case), _CASES_A_CHUNK):
        details = [
            _detail(report, by_id.get(case_id), case_id, lines.values())
            for case_id, lines in by_case[begin : begin + _CASES_A_CHUNK]
        ]
        yield zlib.compress(json.dumps(details, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace"), 9)


def _detail(report: Path, case: Case | None, case_id: str, lines: Iterable[Verdict]) -> dict[str, Any]:
    pool: dict[str, int] = {}
    subjects = {line.subject: _of_subject(report, case, line, pool) for line in lines}
    given = [[part, notation.lines(case.case[part])] for part in ("handle", "world") if part in case.case] if case else []
    return {
        "explain": case.explain if case else None,
        "breaks": case.breaks if case else None,
        "mend": _mend(case.mend) if case else None,
        "again": [f"fleproof run -k {shlex.quote(case_id)}"],
        "given": given,
        "subjects": subjects,
        "dumps": [json.loads(text) for text in pool],
    }


def _mend(mend: Any) -> str | None:
    return mend if mend is None or isinstance(mend, str) else notation.lines(mend)


def _of_subject(report: Path, case: Case | None, line: Verdict, pool: dict[str, int]) -> dict[str, Any]:
    events = folder.transcript(report, line.transcript) if line.transcript else ()
    turns = story.tell(case.case if case else {}, events)
    placed = [story.place(turns, difference.at) for difference in line.differences]
    told = []
    for turn in turns:
        here = [difference for difference, where in zip(line.differences, placed, strict=True) if where is turn]
        happened = [_line(report, line.subject, item, pool, _paths(here, turn, item.label)) for item in turn.happened]
        says = [[item.label, item.text, None] for item in turn.says]
        told.append([turn.kind, turn.title, says, happened, [difference.at for difference in here]])
    return {
        "cause": line.cause,
        "reason": line.reason,
        "again": f"fleproof explain {shlex.quote(line.case)} --sut {shlex.quote(line.subject)}",
        "differences": [_difference(difference, pool) for difference in line.differences],
        "turns": told,
    }


def _difference(difference: Difference, pool: dict[str, int]) -> dict[str, Any]:
    expected, actual = notation.told(difference.expected), notation.told(difference.actual)
    one, two = notation.marked(expected, actual) if expected and actual else ([[expected, False]], [[actual, False]])
    name = difference.at.rsplit(".", 1)[-1]
    of_bytes = any(f".{part}." in f".{difference.at}." for part in ("result", "op", "out"))
    pair = dump.of_texts(difference.expected, difference.actual, name) if of_bytes else None
    only = dump.of_text(difference.actual, name) if of_bytes and pair is None else None
    return {
        "at": difference.at,
        "rule": difference.rule,
        "why": difference.why,
        "expected": one if expected else None,
        "actual": two if actual else None,
        "pair": _pooled(pool, pair),
        "bytes": _pooled(pool, only),
    }


def _paths(differences: list[Difference], turn: story.Turn, label: str) -> tuple[tuple[str, ...], ...]:
    """The fields of one value of a turn that differ: `expect.result.a.b` is the field a.b of the line `result`."""
    found = []
    for difference in differences:
        segments = difference.at[len(turn.at) + 1 :].split(".")
        if segments[1:2] == ["out"]:
            segments = segments[2:]  # steps.N.FUNCTION.out.PARAMETER
        elif segments[:1] == ["ask"]:
            segments = segments[1:]
        if segments[0] == label:
            found.append(tuple(segments[1:]))
    return tuple(found)


def _line(report: Path, subject: str, line: story.Line, pool: dict[str, int], paths: tuple[tuple[str, ...], ...]) -> list[Any]:
    data = line.data if isinstance(line.data, bytes) else folder.value(report, subject, (line.data or {}).get("file"))
    return [line.label, line.text, _pooled(pool, dump.single(data, parts(data), paths) if data else None)]


def _pooled(pool: dict[str, int], rows: list[list[Any]] | None) -> int | None:
    """Many turns and subjects show the same bytes: they stand once a case."""
    return None if rows is None else _number(pool, json.dumps(rows))
