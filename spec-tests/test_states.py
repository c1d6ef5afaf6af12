"""`make states` and the check of error classes: what they count, what they excuse, and what they complain of."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import error_classes  # noqa: E402
import states  # noqa: E402

SETS = "enum {\n   ONE = FLP_CTX_ONE,\n   TWO = FLP_CTX_TWO,\n   BOTH = ONE | TWO,\n};\n"
DEFINITION = """\
/* The head of the file. */

/* What one
 * does. */
ROW(ONE, DONE, START, always, nothing, AT_KEYS)
ROW(BOTH, AT_KEYS, PASS, always, nothing, NEED_MONGO_KEYS)
ROW(TWO, NEED_MONGO_KEYS, MONGO_DONE, some_guard, some_action, READY)
"""


# ---- the table ----


def test_a_kind_has_the_states_of_its_rows_and_no_crossroads() -> None:
    parts = list(states.parse(DEFINITION))
    assert parts[:2] == ["The head of the file.", "What one does."]
    rows = [part for part in parts if isinstance(part, states.Row)]
    assert rows[2] == states.Row("TWO", "NEED_MONGO_KEYS", "MONGO_DONE", "some_guard", "some_action", "READY")
    sets = states.kind_sets(SETS)
    assert sets == {"ONE": {"ONE"}, "TWO": {"TWO"}, "BOTH": {"ONE", "TWO"}}
    assert states.rows_of(rows, sets) == [
        ("any", "before init"),
        ("ONE", "NEED_MONGO_KEYS"), ("ONE", "DONE"), ("ONE", "ERROR"),
        ("TWO", "NEED_MONGO_KEYS"), ("TWO", "READY"), ("TWO", "ERROR"),
    ]  # fmt: skip
    with pytest.raises(SystemExit, match="NEED_NOTHING"):
        states.rows_of([states.Row("ONE", "NEED_NOTHING", "START", "always", "nothing", "DONE")], sets)


def test_the_page_of_the_documentation_has_every_row(root: Path) -> None:
    text = states.document(list(states.parse(DEFINITION)), states.kind_sets(SETS))
    assert "## What one does\n" in text
    assert "| TWO | NEED_MONGO_KEYS | MONGO_DONE | some_guard | some_action | READY |" in text
    rows = [part for part in states.load()[0] if isinstance(part, states.Row)]
    source = (root / "ref/mongocrypt/ctx/states.def").read_text()
    assert len(rows) == sum(line.startswith("ROW(") for line in source.splitlines())
    for row in rows:
        assert f"| {row.kinds} | {row.state} | {row.event} | {row.guard} | {row.action} | {row.next} |" in states.DOCS.read_text()


def test_the_page_is_what_the_table_says() -> None:
    assert states.main(["--check-docs"]) == 0, "tools/states.py --docs writes it"


# ---- what a transcript tells ----


def step(i: int, fn: str, returns: Any = True, message: str | None = None, **more: Any) -> dict[str, Any]:
    error = {"type": 1, "code": 1, "message": message} if message else None
    return {"ev": "step", "i": i, "fn": fn, "returns": returns, "out": {}, "error": error} | more


def of_steps(*told: dict[str, Any]) -> Counter[tuple[str, str, str]]:
    met: Counter[tuple[str, str, str]] = Counter()
    states.of_steps([{event["fn"]: {"ctx": "c", "crypt": "handle"}} for event in told], told, met)
    return +met


def test_a_call_counts_in_the_state_that_was_seen_before_it() -> None:
    met = of_steps(
        step(0, "ctx_new", "c"),
        step(1, "ctx_mongo_op", False, "no"),
        step(2, "ctx_new", "c"),
        step(3, "ctx_decrypt_init"),
        step(4, "ctx_state", "NEED_MONGO_KEYS"),
        step(5, "ctx_mongo_op"),
        step(6, "ctx_mongo_done", state="READY"),
        step(7, "ctx_finalize"),
        step(8, "ctx_mongo_op"),
        step(9, "ctx_destroy", None),
    )
    keys = {("DECRYPT", "NEED_MONGO_KEYS", call): 1 for call in ("state", "mongo_op", "mongo_done")}
    assert met == Counter({("any", "before init", "mongo_op"): 1, ("DECRYPT", "READY", "finalize"): 1} | keys), "behind finalize nobody looked"


def test_what_was_called_before_the_state_was_read_counts_when_nothing_could_change_it() -> None:
    begin = (step(0, "ctx_new", "c"), step(1, "ctx_encrypt_init"), step(2, "ctx_mongo_op"))
    met = of_steps(*begin, step(3, "ctx_mongo_feed", state="NEED_MONGO_COLLINFO"))
    collinfo = Counter({("ENCRYPT", "NEED_MONGO_COLLINFO", call): 1 for call in ("mongo_op", "mongo_feed", "destroy")})
    assert met == collinfo, "what a case leaves is destroyed by the host"
    met = of_steps(*begin, step(3, "ctx_mongo_done"), step(4, "ctx_state", "READY"))
    assert met == Counter({("ENCRYPT", "READY", "state"): 1, ("ENCRYPT", "READY", "destroy"): 1})


def test_a_refused_call_counts_once_in_the_state_that_its_error_names() -> None:
    wrong = "wrong state [STATE_WRONG call=finalize state=NEED_MONGO_KEYS want=READY]"
    met = of_steps(
        step(0, "ctx_new", "c"),
        step(1, "ctx_decrypt_init"),
        step(2, "ctx_finalize", False, wrong, state="ERROR"),
        step(3, "ctx_status", False, wrong),
        step(4, "ctx_finalize", False, wrong),
    )
    assert met["DECRYPT", "NEED_MONGO_KEYS", "finalize"] == 1
    assert met["DECRYPT", "ERROR", "finalize"] == 1


def test_calls_count_by_the_kind_of_question() -> None:
    met: Counter[tuple[str, str, str]] = Counter()
    ask = {"ev": "ask", "call": 1, "round": 0, "op": "AA==", "db": None}
    answer = {"ev": "answer", "call": 1, "round": 0, "returns": [True, True], "done": True}
    told = (
        ask | {"state": "NEED_MONGO_KEYS"},
        answer,
        ask | {"state": "NEED_KMS_CREDENTIALS", "op": None},
        answer | {"returns": [True], "done": None},
        {"ev": "outcome", "call": 1, "state": "DONE", "result": "AA==", "error": None},
        {"ev": "outcome", "call": 7, "state": "DONE", "result": "AA==", "error": None},
    )
    states.of_calls({1: "DECRYPT"}, told, met)
    keys = {("DECRYPT", "NEED_MONGO_KEYS", call): n for call, n in {"state": 1, "mongo_op": 1, "mongo_feed": 2, "mongo_done": 1}.items()}
    credentials = {("DECRYPT", "NEED_KMS_CREDENTIALS", call): 1 for call in ("state", "provide_kms_providers")}
    end = {("DECRYPT", state, call): 1 for state, call in (("READY", "state"), ("READY", "finalize"), ("DONE", "state"), ("DONE", "destroy"))}
    assert +met == Counter(keys | credentials | end)


# ---- blanks and reasons ----

ROWS = [("ONE", "READY")]
ALL = Counter({("ONE", "READY", call): 3 for call in states.CALLS})


def reason(call: str, kind: str = "ONE") -> dict[str, str]:
    return {"kind": kind, "state": "READY", "call": call, "reason": "it cannot be"}


def test_a_blank_needs_a_reason_and_a_reason_a_blank() -> None:
    without = ALL - Counter({("ONE", "READY", "kms_done"): 3})
    assert states.page(ROWS, ALL, [])[1] == []
    text, complaints = states.page(ROWS, without, [])
    assert complaints == ["no case calls kms_done in READY of ONE, and tools/states.toml gives no reason"]
    assert text.splitlines()[1].split().count("?") == 1
    text, complaints = states.page(ROWS, without, [reason("kms_done", "*")])
    assert complaints == []
    assert "-  kms_done in READY of *: it cannot be" in text
    assert "needs no reason" in states.page(ROWS, ALL, [reason("kms_done")])[1][0]
    assert "needs no reason" in states.page(ROWS, ALL, [reason("no_such_call")])[1][0]


# ---- classes of errors ----

CLASSES = ["A", "B", "C", "D"]
NONE = error_classes.Excuses({}, {})


def test_every_class_is_mapped_or_impossible() -> None:
    maps = {"debian": {"A", "B", "C"}}
    told, wrong = error_classes.judge(CLASSES, maps, {"debian": {"A", "B", "C"}}, NONE)
    assert wrong == ["debian: no text is mapped to D, and tools/error_classes.toml gives no reason"]
    assert "seen 3 of 3" in told[0]
    for of in ("debian", "*"):
        assert error_classes.judge(CLASSES, maps, {"debian": {"A", "B", "C"}}, error_classes.Excuses({}, {(of, "D"): "x"}))[1] == []
    stale = error_classes.Excuses({}, {("*", "D"): "x", ("debian", "A"): "x", ("*", "Z"): "x"})
    assert error_classes.judge(CLASSES, maps, {"debian": {"A", "B", "C"}}, stale)[1] == [
        "tools/error_classes.toml: A is mapped for debian: it needs no reason",
        "tools/error_classes.toml: there is no class Z",
    ]


def test_nine_of_ten_classes_must_be_seen() -> None:
    names = [f"C{i}" for i in range(10)]
    assert error_classes.judge(names, {"s": set(names)}, {"s": set(names[:9])}, NONE) == (
        ["s: 10 of 10 classes mapped, 0 impossible; seen 9 of 10 that need nothing more (90 %), and 0 of the others", "  not seen: C9"],
        [],
    )
    wrong = error_classes.judge(names, {"s": set(names)}, {"s": set(names[:8])}, NONE)[1]
    assert wrong == ["s: 80 % of the classes were seen, at least 90 must be"]
    later = error_classes.Excuses({"C8": "a KMS", "C9": "a KMS"}, {})
    assert error_classes.judge(names, {"s": set(names)}, {"s": set(names[:8])}, later)[1] == []
    assert error_classes.judge(names, {"s": set(names)}, {}, NONE)[1] == [], "an absent library is no failure"


def test_expected_classes_are_found_in_calls_and_steps() -> None:
    calls = {"calls": [{"expect": {"error": {"class": "A"}}}, {"clock": 1}, {"expect": {"state": "DONE"}}]}
    steps = {"steps": [{"init": {}, "error": {"class": "B"}}, {"init": {}, "error": {"class": {"$$any": True}}}], "expect": {}}
    assert error_classes.expected(calls) == {"A"}
    assert error_classes.expected(steps) == {"B"}
    assert error_classes.expected({"expect": {"error": None}}) == set()


def test_the_lists_are_those_of_the_program_and_its_files() -> None:
    classes = error_classes.all_classes()
    assert "KEY_NOT_FOUND" in classes and len(classes) == len(set(classes))
    maps = error_classes.mapped()
    assert set(maps) == {"debian", "wheel"}
    assert error_classes.judge(classes, maps, {}, error_classes.excuses())[1] == []
