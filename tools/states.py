"""`make states`: the table of states under a run of all cases on the reference.

ref/mongocrypt/ctx/states.def says which states a kind of context can be in; the transcripts of a run say how often each driving call met each of
them, whether it was taken or refused. A cell that nothing met needs a reason in tools/states.toml; a reason whose cell was met is stale. Both
end in exit 1. `--docs` writes docs/states.md from the same file, `--check-docs` compares.

Usage: states.py [REPORT] | --docs | --check-docs
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reports import folder, results  # noqa: E402

DEFINITION = ROOT / "ref/mongocrypt/ctx/states.def"
SETS = ROOT / "ref/mongocrypt/ctx/states.c"
REASONS = ROOT / "tools/states.toml"
DOCS = ROOT / "docs/states.md"
REPORT = ROOT / "build/check/states"
PROGRAM = ROOT / "build/release/bin/fleproof"

# Every call that drives a context, in the order of a life. Those that leave the state as it is when they succeed:
CALLS = ("state", "mongo_op", "mongo_db", "mongo_feed", "mongo_done", "next_kms_ctx", "kms_done", "provide_kms_providers", "finalize", "destroy")
STEADY = ("state", "mongo_op", "mongo_db", "mongo_feed", "next_kms_ctx")
STATES = (
    "NEED_MONGO_COLLINFO", "NEED_MONGO_COLLINFO_WITH_DB", "NEED_MONGO_MARKINGS", "NEED_KMS_CREDENTIALS", "NEED_MONGO_KEYS", "NEED_KMS", "READY",
    "DONE", "ERROR",
)  # fmt: skip
RAW = ("any", "before init")
KIND_OF_CALL = {
    "datakey": "DATAKEY", "explicit_encrypt": "EXPLICIT", "explicit_encrypt_expression": "EXPLICIT", "explicit_decrypt": "DECRYPT",
    "decrypt": "DECRYPT", "encrypt": "ENCRYPT", "rewrap": "REWRAP",
}  # fmt: skip
KIND_OF_INIT = {f"ctx_{name}_init": kind for name, kind in KIND_OF_CALL.items()} | {"ctx_rewrap_many_datakey_init": "REWRAP"}
WRONG = re.compile(r" \[STATE_WRONG (.*)\]$")
Cell = tuple[str, str, str]  # kind, state, call


# ---- the table ----


@dataclass(frozen=True)
class Row:
    kinds: str
    state: str
    event: str
    guard: str
    action: str
    next: str


def parse(text: str) -> Iterator[Row | str]:
    """Rows, and the comments between them as text."""
    for comment, row in re.findall(r"/\*(.*?)\*/|^ROW\((.*?)\)", text, re.DOTALL | re.MULTILINE):
        if row:
            yield Row(*(word.strip() for word in row.split(",")))
        else:
            yield " ".join(line.strip(" *") for line in comment.strip().splitlines())


def kind_sets(source: str) -> dict[str, set[str]]:
    """The kinds behind each word of the first column, as states.c names them."""
    body = re.search(r"enum \{(.*?)\};", source, re.DOTALL)
    found: dict[str, set[str]] = {}
    for name, value in re.findall(r"(\w+) = ([^,]*),", body[1] if body else ""):
        words = [word.strip() for word in value.split("|")]
        found[name] = {name} if words[0].startswith("FLP_") else set().union(*(found[word] for word in words))
    return found


def rows_of(table: list[Row], sets: dict[str, set[str]]) -> list[tuple[str, str]]:
    """(kind, state): the states that a context of the kind can be in, as its rows say; crossroads are nobody's state."""
    found: dict[str, set[str]] = {}
    for row in table:
        for kind in sets[row.kinds]:
            found.setdefault(kind, {"ERROR"}).update(state for state in (row.state, row.next) if not state.startswith("AT_"))
    unknown = {state for states in found.values() for state in states} - set(STATES)
    if unknown:
        raise SystemExit(f"states: {', '.join(sorted(unknown))}: a state that tools/states.py does not know")
    return [RAW] + [(kind, state) for kind in sorted(found) for state in STATES if state in found[kind]]


# ---- what a transcript tells ----


@dataclass
class Context:
    """One context of a case in steps. What was called while its state was not known waits for a later sight of it."""

    kind: str = RAW[0]
    state: str | None = RAW[1]
    waiting: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def seen(self, state: str, met: Counter[Cell]) -> None:
        for call in self.waiting:
            met[self.kind, state, call] += 1
        self.waiting.clear()
        self.state = state

    def call(self, call: str, met: Counter[Cell], taken: bool) -> None:
        if self.state is not None:
            met[self.kind, self.state, call] += 1
        elif taken and call in STEADY:
            self.waiting.append(call)
        elif not taken:
            self.refused.append(call)
        if not taken or call not in STEADY:
            self.waiting.clear()
            self.state = None

    def wrong(self, message: str, met: Counter[Cell]) -> None:
        """A refused call names its state; the error is sticky, so it counts once."""
        told = WRONG.search(message)
        facts = dict(word.split("=", 1) for word in told[1].split()) if told else {}
        if facts.get("call") in self.refused:
            met[self.kind, facts.get("state", ""), facts["call"]] += 1
        if told:
            self.refused.clear()


def of_steps(steps: list[dict[str, Any]], events: tuple[dict[str, Any], ...], met: Counter[Cell]) -> None:
    contexts: dict[str, Context] = {}
    for event in (event for event in events if event.get("ev") == "step"):
        function, taken = event["fn"], event["returns"] not in (False, None)
        arguments = steps[event["i"]].get(function) or {}
        if function == "ctx_new" and taken:
            contexts[event["returns"]] = Context()
            continue
        context = contexts.get(arguments.get("ctx"))
        if context is None:
            continue
        call = function.removeprefix("ctx_")
        if function in KIND_OF_INIT and context.kind == RAW[0]:
            context.kind, context.state = KIND_OF_INIT[function], None
        elif call in CALLS:
            context.call(call, met, taken or call == "destroy")
        elif not taken and function != "ctx_status":
            context.state = None
        context.wrong((event.get("error") or {}).get("message", ""), met)
        state = event["returns"] if call == "state" else event.get("state")
        if call == "destroy":
            del contexts[arguments["ctx"]]
        elif isinstance(state, str):
            context.seen(state, met)
    for context in contexts.values():  # the host destroys what a case leaves
        context.call("destroy", met, True)


def of_calls(kinds: dict[int, str], events: tuple[dict[str, Any], ...], met: Counter[Cell]) -> None:
    """The host reads the state before each round, and what it calls in it is fixed by the kind of question."""
    state = None
    for event in (event for event in events if event.get("call") in kinds):
        kind = kinds[event["call"]]
        if event["ev"] == "ask":
            state = event["state"]
            met[kind, state, "state"] += 1
            met[kind, state, "mongo_op"] += event.get("op") is not None
            met[kind, state, "mongo_db"] += event.get("db") is not None
            met[kind, state, "next_kms_ctx"] += bool(event.get("kms"))
        elif event["ev"] == "answer" and state:
            keys = {"NEED_KMS": None, "NEED_KMS_CREDENTIALS": "provide_kms_providers"}
            feed, done = keys.get(state, "mongo_feed"), "kms_done" if state == "NEED_KMS" else "mongo_done"
            met[kind, state, feed or ""] += len(event.get("returns") or ())
            met[kind, state, done] += event.get("done") is not None
        elif event["ev"] in ("outcome", "stopped"):
            finalized = event.get("result") is not None or event.get("failed") == "ctx_finalize"
            met[kind, "READY", "state"] += finalized
            met[kind, "READY", "finalize"] += finalized
            met[kind, event["state"], "state"] += 1
            met[kind, event["state"], "destroy"] += 1


def count(report: Path, subject: str = "reference") -> Counter[Cell]:
    met: Counter[Cell] = Counter()
    spans = {line.case: line.transcript for line in results.read(report / "results.jsonl").of(subject)}
    for case in folder.cases(report):
        span = spans.get(case.id)
        if span is None:
            continue
        events = folder.transcript(report, span)
        if "steps" in case.case:
            of_steps(case.case["steps"], events, met)
        else:
            calls = case.case.get("calls") or [case.case]
            kinds = {i: KIND_OF_CALL[next(iter(item["call"]))] for i, item in enumerate(calls) if "call" in item}
            of_calls(kinds, events, met)
    return met


# ---- the verdict ----


def reasons(path: Path = REASONS) -> list[dict[str, str]]:
    return list(tomllib.loads(path.read_text()).get("cell", ())) if path.exists() else []


def _speaks(reason: dict[str, str], cell: Cell) -> bool:
    return all(reason[name] in ("*", word) for name, word in zip(("kind", "state", "call"), cell, strict=True))


def page(rows: list[tuple[str, str]], met: Counter[Cell], known: list[dict[str, str]]) -> tuple[str, list[str]]:
    """The table as text, and what is wrong with it."""
    complaints, lines, used = [], [], set()
    width = max(len(f"{kind} {state}") for kind, state in rows)
    lines.append(" " * width + "".join(f"  {call}" for call in CALLS))
    for kind, state in rows:
        cells = []
        for call in CALLS:
            number = met[kind, state, call]
            spoken = [i for i, reason in enumerate(known) if _speaks(reason, (kind, state, call))]
            if not number:
                used.update(spoken)
            if not number and not spoken:
                complaints.append(f"no case calls {call} in {state} of {kind}, and tools/states.toml gives no reason")
            cells.append(f"{str(number) if number else '-' if spoken else '?':>{len(call) + 2}}")
        lines.append(f"{kind + ' ' + state:<{width}}" + "".join(cells))
    for i, reason in enumerate(known):
        if i in used:
            lines.append(f"-  {reason['call']} in {reason['state']} of {reason['kind']}: {reason['reason']}")
        else:
            complaints.append(f"tools/states.toml: {reason['call']} in {reason['state']} of {reason['kind']} needs no reason: take it out")
    return "\n".join(lines), complaints


def load() -> tuple[list[Row | str], list[tuple[str, str]]]:
    parts = list(parse(DEFINITION.read_text()))
    return parts, rows_of([part for part in parts if isinstance(part, Row)], kind_sets(SETS.read_text()))


# ---- the page of the documentation ----


def document(parts: list[Row | str], sets: dict[str, set[str]]) -> str:
    out = ["<!-- Generated by tools/states.py --docs from ref/mongocrypt/ctx/states.def; do not edit. -->", "# The states of a context", ""]
    out += ["Every row says what a call brings about in one state of the reference. The first row that fits counts; a call without a row is a wrong",
            "state; an action that fails leads to ERROR. `AT_...` are crossroads: passed at once, by the first row whose guard holds. START is",
            "an init that succeeded, PASS the way through a crossroads.", ""]  # fmt: skip
    out += ["| word | kinds of context |", "|---|---|"]
    out += [f"| {name} | {', '.join(sorted(kinds))} |" for name, kinds in sorted(sets.items()) if kinds != {name}]
    for part in parts[1:]:
        if isinstance(part, str):
            out += ["", f"## {part.rstrip('.')}", "", "| kinds | state | event | guard | action | next |", "|---|---|---|---|---|---|"]
        else:
            out.append(f"| {part.kinds} | {part.state} | {part.event} | {part.guard} | {part.action} | {part.next} |")
    return "\n".join(out) + "\n"


def main(words: list[str]) -> int:
    parts, rows = load()
    if words and words[0] in ("--docs", "--check-docs"):
        text = document(parts, kind_sets(SETS.read_text()))
        if words[0] == "--docs":
            DOCS.write_text(text)
        elif not DOCS.exists() or DOCS.read_text() != text:
            print("docs/states.md is not what ref/mongocrypt/ctx/states.def says: run tools/states.py --docs")
            return 1
        return 0
    report = Path(words[0]) if words else REPORT
    if not words:
        report.parent.mkdir(parents=True, exist_ok=True)
        run = [PROGRAM, "run", "--sut", "reference", "--hazards", "--quiet", "--report", report]
        if subprocess.run(run, stdin=subprocess.DEVNULL, check=False).returncode not in (0, 1):
            return 3
    text, complaints = page(rows, count(report), reasons())
    print(text)
    print("\n".join(complaints) or f"states: {len(rows) * len(CALLS)} cells, each reached or explained")
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except results.Refused as refusal:
        sys.exit(f"states: {refusal}")
