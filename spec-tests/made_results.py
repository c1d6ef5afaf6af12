"""Lines of results.jsonl, for tests of what reads them."""

from __future__ import annotations

from typing import Any

Line = dict[str, Any]


def subject(name: str, **more: Any) -> Line:
    return {
        "name": name,
        "file": f"/{name}.so",
        "version": "1.0.0",
        "clock": "virtual",
        "random": "seeded",
        "alloc": "counted",
        "native_crypto": True,
        "hooks": False,
        "lacks": [],
        "foreign": name != "reference",
        "absent": None,
        "hosts": 2,
    } | more


def verdict(case: str, of: str, word: str, **more: Any) -> Line:
    return {
        "ev": "verdict",
        "case": case,
        "area": case.split("/")[0],
        "subject": of,
        "level": "must",
        "verdict": word,
        "cause": None,
        "advisory": False,
        "reason": None,
        "differences": [],
        "transcript": None,
    } | more


def selection(**more: Any) -> Line:
    lists: Line = {name: [] for name in ("paths", "keep", "drop", "subjects")}
    return lists | {"level": "may", "hazards": False, "stdin": False, "cut_short": False} | more


def header(*subjects: Line) -> Line:
    return {"ev": "header", "format": 1, "fleproof": "0.1.0", "seed": 1, "jobs": 2, "selection": selection(), "subjects": list(subjects)}


def footer(lines: list[Line], **more: Any) -> Line:
    counts: dict[str, dict[str, int]] = {}
    for line in lines:
        of = counts.setdefault(line["subject"], {})
        of[line["verdict"]] = of.get(line["verdict"], 0) + 1
    cases = len({line["case"] for line in lines})
    code = 3 if any(line["verdict"] == "error" for line in lines) else 1
    return {"ev": "footer", "complete": True, "cases": cases, "lines": len(lines), "counts": counts, "exit": code} | more
