"""`fleproof compare OLD NEW`: each kind of change, what a partial run may leave out, and files that cannot be believed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_results import Line, footer, header, selection, subject, verdict

ROOT = Path(__file__).resolve().parent.parent
CASES = Path(__file__).resolve().parent / "meta" / "subjects" / "cases.yml"
SUBJECT = subject("debian")
WRONG_KEY = {"at": "calls.0.ask.op", "rule": None, "expected": "1", "actual": "2", "why": "the value differs"}
FAIL = {"verdict": "fail", "differences": [WRONG_KEY]}


def lines(verdicts: dict[str, Line], **chosen: object) -> list[Line]:
    made = [verdict(case, "debian", "pass", **more) for case, more in verdicts.items()]
    bad = any(line["verdict"] in ("fail", "xpass", "error") and not line["advisory"] for line in made)
    code = 3 if any(line["verdict"] == "error" for line in made) else int(bad)
    return [header(SUBJECT) | {"selection": selection(**chosen)}, *made, footer(made, exit=code)]


def written(path: Path, content: list[Line]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in content))
    return path


class Done:
    def __init__(self, *words: object) -> None:
        command = [sys.executable, "-m", "reports", "compare", *map(str, words)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


def compared(tmp_path: Path, old: list[Line], new: list[Line]) -> tuple[int, dict[str, str], str]:
    """Exit code, the kind of each case that changed, and what is printed."""
    into = tmp_path / "compare.json"
    done = Done(written(tmp_path / "old", old), written(tmp_path / "new", new), "--json", into)
    assert done.code in (0, 1), done.err
    found = json.loads(into.read_text())
    assert found["worse"] == (done.code == 1)
    return done.code, {change["case"]: change["kind"] for change in found["changes"]}, done.out


KINDS: dict[str, tuple[Line | None, Line | None, str | None, int]] = {
    "the same": (FAIL, FAIL, None, 0),
    "a new failure": ({}, FAIL, "new_failure", 1),
    "a case that is new and fails": (None, FAIL, "new_failure", 1),
    "an expected failure that passes": ({"verdict": "xfail", "reason": "known"}, {"verdict": "xpass", "reason": "x"}, "new_failure", 1),
    "an error of the harness": ({}, {"verdict": "error", "reason": "x"}, "new_failure", 1),
    "a failure that was unsupported": ({"verdict": "unsupported", "reason": "old"}, FAIL, "new_failure", 1),
    "an advisory failure that is none any more": (
        {"verdict": "fail", "advisory": True, "level": "may"},
        {"verdict": "fail", "level": "may"},
        "new_failure",
        1,
    ),
    "fixed": (FAIL, {}, "fixed", 0),
    "now expected": (FAIL, {"verdict": "xfail", "reason": "known"}, "fixed", 0),
    "another cause": (FAIL | {"cause": "hang"}, FAIL | {"cause": "crash(SIGSEGV)"}, "changed", 0),
    "another text": (FAIL, {"verdict": "fail", "differences": [WRONG_KEY | {"actual": "3"}]}, "changed", 0),
    "another reason": ({"verdict": "xfail", "reason": "a"}, {"verdict": "xfail", "reason": "b"}, "changed", 0),
    "vanished": ({}, None, "vanished", 1),
    "a failure that vanished": (FAIL, None, "vanished", 1),
    "no longer judged": ({}, {"verdict": "unsupported", "reason": "lacks rewrap"}, "unsupported", 1),
    "a failure that is not judged": (FAIL, {"verdict": "unsupported", "reason": "lacks rewrap"}, "other", 0),
    "judged at last": ({"verdict": "unsupported", "reason": "lacks rewrap"}, {}, "other", 0),
    "new": (None, {}, "new", 0),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_change(name: str, tmp_path: Path) -> None:
    was, now, kind, code = KINDS[name]
    old, new = ({"a/always": {}} | ({"a/b": more} if more is not None else {}) for more in (was, now))
    assert compared(tmp_path, lines(old), lines(new))[:2] == (code, {"a/b": kind} if kind else {})


def test_the_page_says_what_was_and_what_is(tmp_path: Path) -> None:
    code, _, out = compared(tmp_path, lines({"a/b": {}, "a/c": FAIL}), lines({"a/b": FAIL, "a/c": {}}))
    assert code == 1
    assert "debian: 1 new failures, 1 fixed" in out
    assert "a/b: pass -> fail\n      now  calls.0.ask.op: the value differs" in out
    assert out.endswith("worse\n")


def test_the_markdown_table_is_not_broken_by_a_reason(tmp_path: Path) -> None:
    old = written(tmp_path / "old", lines({"a/b": {}}))
    new = written(tmp_path / "new", lines({"a/b": {"verdict": "fail", "reason": "x | y\nz"}}))
    done = Done(old, new / "results.jsonl", "--markdown", tmp_path / "c.md")
    assert done.code == 1, "a file serves as well as its folder"
    assert "| `a/b` | debian | pass | fail | x \\| y z |" in (tmp_path / "c.md").read_text()


# ---- what a partial run may leave out ----

TWO = {"a/b[x=1]": {}, "a/c": {"level": "should"}}
PARTIAL: dict[str, tuple[Line, Line, set[str]]] = {
    "a whole run": ({}, {}, {"a/b[x=1]", "a/c"}),
    "-k of others": ({}, {"keep": ["z/*"]}, set()),
    "-k that fits one": ({}, {"keep": ["*[x=?]"]}, {"a/b[x=1]"}),
    "--not": ({}, {"drop": ["a/c"]}, {"a/b[x=1]"}),
    "--level must": ({}, {"level": "must"}, {"a/b[x=1]"}),
    "--sut of another": ({}, {"subjects": ["wheel"]}, set()),
    "--sut of this": ({}, {"subjects": ["debian"]}, {"a/b[x=1]", "a/c"}),
    "paths": ({}, {"paths": ["a"]}, set()),
    "the same paths": ({"paths": ["a"]}, {"paths": ["a"]}, {"a/b[x=1]", "a/c"}),
    "--stdin": ({}, {"stdin": True}, set()),
    "--stdin twice": ({"stdin": True}, {"stdin": True}, set()),
    "--fail-fast": ({}, {"cut_short": True}, set()),
    "the same filter": ({"keep": ["a/*"]}, {"keep": ["a/*"]}, {"a/b[x=1]", "a/c"}),
}


@pytest.mark.parametrize("name", PARTIAL)
def test_what_was_not_run_has_not_vanished(name: str, tmp_path: Path) -> None:
    was, now, vanished = PARTIAL[name]
    code, kinds, _ = compared(tmp_path, lines(TWO, **was), lines({"z/z": {}}, **now))
    assert {case for case, kind in kinds.items() if kind == "vanished"} == vanished
    assert {case for case, kind in kinds.items() if kind == "not_run"} == set(TWO) - vanished
    assert code == (1 if vanished else 0)


def test_a_hazard_that_was_held_back_is_not_worse(tmp_path: Path) -> None:
    held = {"verdict": "unsupported", "reason": "may crash a released library: run with --hazards"}
    assert compared(tmp_path, lines({"a/b": {}}, hazards=True), lines({"a/b": held}))[:2] == (0, {"a/b": "not_run"})
    assert compared(tmp_path, lines({"a/b": {}}), lines({"a/b": held}))[:2] == (1, {"a/b": "unsupported"})


def test_a_subject_that_is_absent_now_has_lost_its_cases(tmp_path: Path) -> None:
    new = [header(subject("debian", file=None, version=None, absent="run make setup", hosts=0)), footer([], exit=0)]
    code, kinds, out = compared(tmp_path, lines({"a/b": {}}), new)
    assert (code, kinds) == (1, {"a/b": "vanished"})
    assert "debian is absent: run make setup" in out


def test_a_file_of_before_selections_passes_for_a_whole_run(tmp_path: Path) -> None:
    new = lines({"z/z": {}})
    del new[0]["selection"]
    assert compared(tmp_path, lines({"a/b": {}}), new)[1]["a/b"] == "vanished"


# ---- what cannot be believed, and wrong usage ----

GOOD = "".join(json.dumps(line) + "\n" for line in lines({"a/b": {}}))
HOSTILE = {
    "empty": "",
    "garbage": "\x00\x01 no json\n",
    "cut": GOOD[:-30],
    "another format": GOOD.replace('"format": 1', '"format": 2'),
    "no footer": GOOD[: GOOD.index('{"ev": "footer"')],
    "a garbage line": GOOD.replace('{"ev": "footer"', 'what\n{"ev": "footer"'),
    "deep": "[" * 100_000 + "\n",
    "endless number": '{"ev": ' + "9" * 10_000 + "}\n",
    "half a letter": GOOD.replace("a/b", "a/\\ud800"),
    "a case that is a number": GOOD.replace('"a/b"', "7"),
    "a case that is a list": GOOD.replace('"a/b"', "[]"),
    "counts that are a list": GOOD.replace('"counts": {"debian": {"pass": 1}}', '"counts": [1]'),
    "a selection of numbers": GOOD.replace('"keep": []', '"keep": [1]'),
    "a selection that is a text": GOOD.replace('"stdin": false', '"stdin": "no"'),
    "a level that is none": GOOD.replace('"level": "may"', '"level": "never"'),
}


@pytest.mark.parametrize("side", [0, 1], ids=["old", "new"])
@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_believed_is_exit_3(name: str, side: int, tmp_path: Path) -> None:
    assert HOSTILE[name] != GOOD
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(GOOD)
    bad.write_text(HOSTILE[name])
    done = Done(*((good, bad) if side else (bad, good)))
    assert (done.code, done.out) == (3, "")
    assert "bad.jsonl" in done.err and "Traceback" not in done.err


def test_what_is_not_there_or_no_text_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "latin.jsonl"):
        done = Done(path, path)
        assert done.code == 3
        assert "Traceback" not in done.err


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"], ["a", "b", "--html", "x"]])
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    assert Done(*words).code == 2


def test_a_real_run_is_compared_by_the_program(program: Path, tmp_path: Path) -> None:
    for name, words in {"whole": [], "part": ["-k", "*/a-context*"]}.items():
        command = [program, "run", CASES, "--sut", "reference", "--quiet", "--report", tmp_path / name, *words]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    same = subprocess.run([program, "compare", tmp_path / "whole", tmp_path / "whole"], capture_output=True, text=True, check=False)
    assert (same.returncode, same.stdout) == (0, "reference: nothing changed\nnothing got worse\n")
    part = subprocess.run([program, "compare", tmp_path / "whole", tmp_path / "part"], capture_output=True, text=True, check=False)
    assert part.returncode == 0
    assert "not run this time" in part.stdout
