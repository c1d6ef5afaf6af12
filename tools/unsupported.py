"""The stored number of `unsupported` verdicts per subject and area, and the gate on it: it may only fall.

spec-tests/unsupported.json holds the numbers. `unsupported.py --lower build/report/results.jsonl` writes smaller ones and takes
in new areas and subjects; it refuses to raise one. Who adds cases for what is not built yet takes them with `--accept`: the
difference of the file then says so to the reviewer.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

STORE = Path("spec-tests/unsupported.json")
Numbers = dict[str, dict[str, int]]


def count(results: Path) -> Numbers:
    """Every area that a subject ran, with 0 where nothing was unsupported."""
    found: dict[str, Counter[str]] = {}
    for line in results.read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "verdict":
            areas = found.setdefault(event["subject"], Counter())
            areas[event["area"]] += event["verdict"] == "unsupported"
    return {subject: dict(sorted(areas.items())) for subject, areas in sorted(found.items())}


def rises(stored: Numbers, found: Numbers) -> list[str]:
    out = []
    for subject, areas in found.items():
        for area, number in areas.items():
            known = stored.get(subject, {}).get(area)
            if known is None and number:
                out.append(f"unsupported: {subject} has {number} in {area}, and no number is stored for it")
            elif known is not None and number > known:
                out.append(f"unsupported: {subject} has {number} in {area}, stored are {known}: it may only fall")
    return out


def complaints(results: Path) -> list[str]:
    return rises(json.loads(STORE.read_text()) if STORE.exists() else {}, count(results))


def store(results: Path, accept_rises: bool) -> list[str]:
    """Takes the new numbers over unless one rose; areas that did not run keep theirs."""
    stored: Numbers = json.loads(STORE.read_text()) if STORE.exists() else {}
    found = count(results)
    bad = [] if accept_rises else [line for line in rises(stored, found) if "may only fall" in line]
    if not bad:
        merged = {s: {**stored.get(s, {}), **found.get(s, {})} for s in sorted({*stored, *found})}
        STORE.write_text(json.dumps(merged, indent=2, sort_keys=True) + "\n")
    return bad


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("--lower", "--accept"):
        sys.exit("usage: unsupported.py --lower|--accept RESULTS.jsonl")
    trouble = store(Path(sys.argv[2]), sys.argv[1] == "--accept")
    print("\n".join(trouble) or f"{STORE} is up to date")
    sys.exit(1 if trouble else 0)
