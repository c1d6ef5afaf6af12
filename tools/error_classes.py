"""Which classes of errors the subjects' files map to texts, and which of them a run has seen.

Every class that a case can expect must be mapped for every official library, or tools/error_classes.toml says why it cannot be. A class is seen
on a subject when a case that expects it passed there: the judge decided that, nothing here reads an error. Of the classes that need neither a KMS
nor what else the file leaves for later, SEEN_LEAST of a hundred must be seen; those that are not are printed.

Usage: error_classes.py [REPORT]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reports import folder, results  # noqa: E402

PROGRAM = ROOT / "build/release/bin/fleproof"
SUBJECTS = ROOT / "runner/subjects"
EXCUSES = ROOT / "tools/error_classes.toml"
REPORT = ROOT / "build/report"
SEEN_LEAST = 90  # of a hundred


@dataclass(frozen=True)
class Excuses:
    later: dict[str, str]  # class -> what it needs that is not there yet
    impossible: dict[tuple[str, str], str]  # subject, class -> reason; subject `*` is every one


def excuses(path: Path = EXCUSES) -> Excuses:
    found = tomllib.loads(path.read_text())
    later = {name: needs for needs, names in found.get("later", {}).items() for name in names}
    impossible = {(row["subject"], name): row["reason"] for row in found.get("impossible", ()) for name in row["classes"]}
    return Excuses(later, impossible)


def _enums(node: Any) -> Iterator[list[str]]:
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield node["enum"]
        for value in node.values():
            yield from _enums(value)
    elif isinstance(node, list):
        for value in node:
            yield from _enums(value)


def all_classes() -> list[str]:
    """The one list of the program, as its JSON Schema has it."""
    schema = json.loads(subprocess.run([PROGRAM, "schema"], capture_output=True, text=True, check=True).stdout)
    return next(enum for enum in _enums(schema) if "KEY_NOT_FOUND" in enum)


def mapped(folder_of_subjects: Path = SUBJECTS) -> dict[str, set[str]]:
    """Of each foreign subject the classes that have a text."""
    files = (yaml.safe_load(path.read_text()) for path in sorted(folder_of_subjects.glob("*.yml")))
    return {file["name"]: {row["class"] for row in file["errors"]} for file in files if file.get("foreign", True)}


def expected(case: dict[str, Any]) -> set[str]:
    """The classes that a case expects, of calls and of steps."""
    holders = [case, *(case.get("calls") or ()), *(case.get("steps") or ())]
    errors = [holder.get("error") for holder in holders]
    errors += [holder["expect"].get("error") for holder in holders if isinstance(holder.get("expect"), dict)]
    names = (error.get("class") for error in errors if isinstance(error, dict))
    return {name for name in names if isinstance(name, str)}


def seen(report: Path) -> dict[str, set[str]]:
    read = results.read(report / "results.jsonl")
    expects = {case.id: expected(case.case) for case in folder.cases(report)}
    return {
        subject.name: {name for line in read.of(subject.name) if line.verdict == "pass" for name in expects[line.case]}
        for subject in read.present
    }


def judge(classes: list[str], maps: dict[str, set[str]], seen_on: dict[str, set[str]], known: Excuses) -> tuple[list[str], list[str]]:
    """What is to be told, and what is wrong."""
    told, wrong = [], []
    for subject, names in sorted(maps.items()):
        excused = {name for name in classes if (subject, name) in known.impossible or ("*", name) in known.impossible}
        wrong += [f"{subject}: no text is mapped to {name}, and tools/error_classes.toml gives no reason"
                  for name in classes if name not in names | excused]  # fmt: skip
        wrong += [f"tools/error_classes.toml: {name} is mapped for {subject}: it needs no reason"
                  for (of, name) in known.impossible if name in names and of == subject]  # fmt: skip
        if subject not in seen_on:
            told.append(f"{subject}: {len(names)} classes mapped; not in this run")
            continue
        due = [name for name in classes if name in names and name not in known.later]
        missed = [name for name in due if name not in seen_on[subject]]
        share = 100 * (len(due) - len(missed)) // len(due) if due else 100
        told.append(f"{subject}: {len(names)} of {len(classes)} classes mapped, {len(excused - names)} impossible; seen {len(due) - len(missed)}"
                    f" of {len(due)} that need nothing more ({share} %), and {len(seen_on[subject] & known.later.keys())} of the others")  # fmt: skip
        if missed:
            told.append(f"  not seen: {' '.join(missed)}")
        if share < SEEN_LEAST:
            wrong.append(f"{subject}: {share} % of the classes were seen, at least {SEEN_LEAST} must be")
    unknown = {*known.later, *(name for _, name in known.impossible)} - set(classes)
    return told, wrong + [f"tools/error_classes.toml: there is no class {name}" for name in sorted(unknown)]


def check(report: Path = REPORT) -> tuple[list[str], list[str]]:
    return judge(all_classes(), mapped(), seen(report), excuses())


if __name__ == "__main__":
    try:
        lines, complaints = check(Path(sys.argv[1]) if len(sys.argv) > 1 else REPORT)
    except results.Refused as refusal:
        sys.exit(f"error_classes: {refusal}")
    print("\n".join(lines + complaints))
    sys.exit(1 if complaints else 0)
