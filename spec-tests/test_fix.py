"""`fleproof run --fix`: what a whole run proves wrong in a subject's file is changed there, line by line; what it does not know, it leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reports import fix  # noqa: E402
from reports.results import Refused  # noqa: E402

# Of the cases of each topic: `a` and `b` fail, `p` and `q` pass, `h` is a hazard that passes, `x` is for a later version.
SCENARIOS = """\
format: 1
topic: own/fix
defaults:
  handle: {kms_providers: {local: {key: !key local-1}}}
cases:
  - id: own/fix/a
    rules: [R-META-001]
    call: &call {datakey: {key_encryption_key: {provider: local}}}
    expect: &wrong {error: {class: KEY_NOT_FOUND}}
  - {id: own/fix/b, rules: [R-META-001], call: *call, expect: *wrong}
  - {id: own/fix/p, rules: [R-META-001], call: *call, expect: {state: DONE}}
  - {id: own/fix/q, rules: [R-META-001], call: *call, expect: {state: DONE}}
  - {id: own/fix/h, rules: [R-META-001], needs: [hazards], call: *call, expect: {state: DONE}}
  - {id: own/fix/x, rules: [R-META-001], since: "99.0.0", call: *call, expect: {state: DONE}}
"""
HEAD = """\
# A subject of a test.
format: 1
name: mine
find: []
absent: nothing   # never
lacks: []
"""
TAIL = "errors: []   # none\n# the end\n"
GOOD_A = '{id: own/fix/a, message: "the call succeeded", reason: known}'
GOOD_B = '{id: own/fix/b, message: "the call succeeded", reason: known}'


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Tree:
    """A program with scenarios and subject files of the test's making, so that a run of everything is short."""

    def __init__(self, prefix: Path, folder: Path) -> None:
        self.top = folder / "tree"
        share = self.top / "share" / "fleproof"
        (self.top / "bin").mkdir(parents=True)
        (share / "spec-tests" / "own").mkdir(parents=True)
        (share / "subjects").mkdir()
        (self.top / "lib").symlink_to(prefix / "lib")
        shutil.copy(prefix / "bin" / "fleproof", self.top / "bin")
        for name in ("reports", "vectors", "schemas"):
            (share / name).symlink_to((prefix / "share" / "fleproof" / name).resolve())
        self.scenarios = share / "spec-tests" / "own" / "fix.yml"
        self.scenarios.write_text(SCENARIOS)
        self.file = share / "subjects" / "mine.yml"
        self.library = (prefix / "lib" / "fleproof" / "libmongocrypt.so.0").resolve()
        self.report = folder / "report"

    def write(self, entries: str) -> str:
        text = f"{HEAD}expected_failures:{entries}{TAIL}"
        self.file.write_text(text, newline="")
        return text

    def run(self, *words: str | Path, sut: str = "") -> Done:
        subject = sut or f"mine={self.library},like=mine"
        done = subprocess.run(
            [self.top / "bin" / "fleproof", "run", "--quiet", "--report", self.report, "--sut", subject, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def tree(prefix: Path, tmp_path: Path) -> Tree:
    return Tree(prefix, tmp_path)


def test_stale_passing_and_changed_entries_are_corrected_and_all_else_stays(tree: Tree) -> None:
    tree.write(f"""
  # about a
  - {GOOD_A}   # stays
  - {{id: own/fix/p, message: "x",
     reason: of two lines}}   # goes with its entry
  # about b: stays too
  - id: own/fix/b
    message: "an old text"   # was so
    reason: |
      a long
      story
  - id: own/fix/q
    reason: >
      it failed
      once
    message: y

  - {{id: own/fix/gone, message: z, reason: nobody has it}}
  - {{id: own/fix/x, message: z, reason: never ran}}
""")
    assert tree.run("--hazards").code == 1
    done = tree.run("--hazards", "--fix")
    assert done.code == 0, done.err
    assert tree.file.read_text() == f"""{HEAD}expected_failures:
  # about a
  - {GOOD_A}   # stays
  # about b: stays too
  - id: own/fix/b
    message: "the call succeeded: it ended in DONE"   # was so
    reason: |
      a long
      story

{TAIL}"""
    assert [line.split(": ", 1) for line in done.out.splitlines()] == [
        ["subjects/mine.yml:10", "own/fix/p: taken out, it passes"],
        ["subjects/mine.yml:13", 'own/fix/b: message "an old text" is "the call succeeded: it ended in DONE" now'],
        ["subjects/mine.yml:18", "own/fix/q: taken out, it passes"],
        ["subjects/mine.yml:24", "own/fix/gone: taken out, it fits no case"],
        ["subjects/mine.yml:25", "own/fix/x: taken out, it never ran"],
    ]
    again = tree.run("--hazards")
    assert (again.code, again.err) == (0, "")


WRONG_ENTRIES = {
    "own/fix/gone": ("x", "the expected failure own/fix/gone fits no case: take it out"),
    "own/gone/*": ("x", "the expected failure own/gone/* fits no case: take it out"),
    "own/fix/x": ("x", "the expected failure own/fix/x never ran: take it out"),
    "own/fix/p": ("x", "expected to fail (why), but it passes: take the entry out"),
    "own/fix/b": ("an old text", 'expected to fail with "an old text" (why), but it fails differently'),
}


@pytest.mark.parametrize("name", WRONG_ENTRIES)
def test_one_wrong_entry_fails_a_run_that_is_right_without_it(tree: Tree, name: str) -> None:
    message, told = WRONG_ENTRIES[name]
    others = f"\n  - {GOOD_A}\n" + ("" if name == "own/fix/b" else f"  - {GOOD_B}\n")
    if name != "own/fix/b":
        tree.write(others)
        assert tree.run("--hazards").code == 0
    tree.write(f'{others}  - {{id: "{name}", message: "{message}", reason: why}}\n')
    done = tree.run("--hazards")
    assert done.code == 1
    assert told in done.err + (tree.report / "results.jsonl").read_text().replace('\\"', '"')
    assert tree.run("--hazards", "--fix").code == 0
    assert tree.run("--hazards").code == 0


def test_a_new_failure_stays_one(tree: Tree) -> None:
    tree.write(f"\n  - {GOOD_A}\n  - {{id: own/fix/p, message: x, reason: y}}\n")
    done = tree.run("--hazards", "--fix")
    assert done.code == 1, "own/fix/b fails, and nobody expects it"
    assert yaml.safe_load(tree.file.read_text())["expected_failures"] == [yaml.safe_load(GOOD_A)]
    assert tree.run("--hazards").code == 1


def test_a_file_that_is_right_is_not_touched(tree: Tree) -> None:
    text = tree.write(f"\n  - {GOOD_A}\n  - {GOOD_B}\n")
    before = tree.file.stat()
    done = tree.run("--hazards", "--fix")
    assert done.code == 0
    assert "no expected failure has to change" in done.out
    assert (tree.file.read_text(), tree.file.stat().st_ino) == (text, before.st_ino)


@pytest.mark.parametrize(
    ("entries", "after"),
    [
        ("\n  - {id: own/fix/p, message: x, reason: y}\n", " []\n"),
        (" # all of them\n  - {id: own/fix/p, message: x, reason: y}\n  # no more\n", " [] # all of them\n  # no more\n"),
        (" [{id: own/fix/p, message: x, reason: y}]\n", " []\n"),
        ("\n- {id: own/fix/p, message: x, reason: y}\n", " []\n"),
    ],
)
def test_a_list_that_becomes_empty_is_still_a_list(tree: Tree, entries: str, after: str) -> None:
    tree.write(entries)
    tree.run("--hazards", "--fix")
    assert tree.file.read_text() == f"{HEAD}expected_failures:{after}{TAIL}"
    assert tree.run("--hazards").code == 1, "a and b fail still"


def test_a_wildcard_whose_cases_differ_is_left_to_a_person(tree: Tree) -> None:
    text = tree.write('\n  - {id: "own/fix/*", message: "the call succeeded", reason: some fail}\n')
    done = tree.run("--hazards", "--fix")
    assert done.code == 1
    assert tree.file.read_text() == text
    assert "of its cases 3 pass, 2 fail as it says and 0 differently: narrow it by hand" in done.out


def test_a_wildcard_whose_cases_all_changed_gets_their_text(tree: Tree) -> None:
    tree.write('\n  - {id: "own/fix/?", since: "99.0", message: m, reason: of a later version}\n' + '  - {id: "own/fix/a*", message: m, reason: r}\n'
               f"  - {GOOD_B}\n")
    assert tree.run("--hazards", "--fix").code == 0
    entries = yaml.safe_load(tree.file.read_text())["expected_failures"]
    assert [entry["message"] for entry in entries] == ["m", "the call succeeded: it ended in DONE", "the call succeeded"]


STALE = "\n  - {id: own/fix/p, message: x, reason: y}\n"


@pytest.mark.parametrize(
    "words", [["-k", "*"], ["--not", "x"], ["--level", "must"], ["--stdin"], ["--fail-fast"], ["PATH"]], ids=lambda words: words[0]
)
def test_a_partial_run_is_refused_before_anything_runs(tree: Tree, words: list[str]) -> None:
    text = tree.write(STALE)
    done = tree.run("--hazards", "--fix", *(tree.scenarios if word == "PATH" else word for word in words))
    assert done.code == 2
    assert "--fix needs a whole run" in done.err
    assert tree.file.read_text() == text
    assert not tree.report.exists()


def test_an_entry_that_waits_for_hazards_is_refused(tree: Tree) -> None:
    text = tree.write(f"{STALE}  - {{id: own/fix/h, message: x, reason: y}}\n")
    done = tree.run("--fix")
    assert done.code == 2
    assert "own/fix/h" in done.err and "add --hazards" in done.err
    assert tree.file.read_text() == text
    tree.write(STALE)
    assert tree.run("--fix").code == 1, "without such an entry the hazards are nobody's business"
    assert yaml.safe_load(tree.file.read_text())["expected_failures"] == []


def test_an_error_of_the_harness_is_refused(tree: Tree) -> None:
    text = tree.write(STALE)
    with tree.scenarios.open("a") as file:
        file.write("  - id: own/fix/e\n    rules: [R-META-001]\n"
                   "    call: {explicit_encrypt: {key_id: !uuid local-1, algorithm: deterministic, value: {v: hello}}}\n"
                   "    exchange: [{answer: {keys: [], fault: {action: reset}}}]\n    expect: {state: DONE}\n")
    done = tree.run("--hazards", "--fix")
    assert done.code == 2, done.err
    assert "--fix changes nothing: the harness failed on mine in own/fix/e" in done.err
    assert tree.file.read_text() == text


def test_a_subject_that_was_given_up_is_refused(tree: Tree, tmp_path: Path) -> None:
    """Its cases behind the fifth hang have a verdict, but nobody has seen them."""
    text = tree.write(STALE)
    library = tmp_path / "hangs.so"
    source = '#include <unistd.h>\n#include <mongocrypt/mongocrypt.h>\nvoid *mongocrypt_ctx_new(void *crypt) { (void)crypt; for (;;) pause(); }\n'
    command = ["cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed", tree.library]
    source = source.replace("#include <mongocrypt/mongocrypt.h>\n", "")
    subprocess.run([*command, f"-Wl,-rpath,{tree.library.parent}"], input=source, text=True, check=True)
    done = tree.run("--hazards", "--fix", "--timeout", "200", sut=f"mine={library},like=mine")
    assert done.code == 2, done.err
    assert "--fix changes nothing: not all cases of mine were run" in done.err
    assert tree.file.read_text() == text


def test_two_subjects_on_one_file_are_refused(tree: Tree) -> None:
    text = tree.write(STALE)
    done = tree.run("--hazards", "--fix", "--sut", f"second={tree.library},like=mine")
    assert done.code == 2
    assert "two subjects share the file mine" in done.err
    assert tree.file.read_text() == text


def test_a_file_that_cannot_be_written_is_exit_3(tree: Tree) -> None:
    """Its own file of entries: a folder takes its place while the run is on. The plan stays, so it can be done by hand."""
    tree.write(STALE)
    tree.run("--hazards", "--fix")
    (tree.report / "fix.json").write_text((tree.report / "fix.json").read_text().replace(str(tree.file), str(tree.file.parent / "nowhere.yml")))
    done = subprocess.run([sys.executable, "-m", "reports", "fix", tree.report], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "nowhere.yml" in done.stderr and "Traceback" not in done.stderr


# ---- the edits alone ----


def entries(*ids: str) -> str:
    return "".join(f"  - {{id: {name}, message: m, reason: r}}\n" for name in ids)


def dropped(index: int, name: str) -> fix.Entry:
    return {"index": index, "line": 1, "id": name, "message": "m", "drop": "passes", "rewrite": None}


def rewritten(index: int, name: str, text: str) -> fix.Entry:
    return dropped(index, name) | {"drop": None, "rewrite": text}


PATH = Path("mine.yml")
FLOW = "{id: %s, message: m, reason: r}"
LAYOUTS = {
    "block": ("expected_failures:\n" + entries("a", "b", "c") + "x: 1\n", "expected_failures:\n" + entries("a", "c") + "x: 1\n"),
    "no newline at the end": ("expected_failures:\n" + entries("a", "b").rstrip("\n"), "expected_failures:\n" + entries("a")),
    "carriage returns": (
        "expected_failures:\r\n" + entries("a", "b", "c").replace("\n", "\r\n"),
        "expected_failures:\r\n" + entries("a", "c").replace("\n", "\r\n"),
    ),
    "flow": (f"expected_failures: [{FLOW % 'a'}, {FLOW % 'b'}, {FLOW % 'c'}]\n", f"expected_failures: [{FLOW % 'a'}, {FLOW % 'c'}]\n"),
    "flow, the last": (f"expected_failures: [{FLOW % 'a'}, {FLOW % 'b'}]\n", f"expected_failures: [{FLOW % 'a'}]\n"),
    "flow of lines": (
        f"expected_failures: [\n  {FLOW % 'a'},  # one\n  {FLOW % 'b'},\n  {FLOW % 'c'}, # three\n]\n",
        f"expected_failures: [\n  {FLOW % 'a'},  # one\n  {FLOW % 'c'}, # three\n]\n",
    ),
    "a comment before the next key": (
        "expected_failures:\n" + entries("a", "b") + "# about x\nx: 1\n",
        "expected_failures:\n" + entries("a") + "# about x\nx: 1\n",
    ),
    "a dash alone": (
        "expected_failures:\n  - id: a\n    message: m\n  -\n    id: b\n    message: m\nx: 1\n",
        "expected_failures:\n  - id: a\n    message: m\nx: 1\n",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_only_the_lines_of_the_entry_go(name: str) -> None:
    before, after = LAYOUTS[name]
    assert fix.edited(before, [dropped(1, "b")], PATH) == after


@pytest.mark.parametrize("text", ["plain", 'a "quoted" \\ one', "two\nlines", "bell \x07, line \u2028, letter ü", "😀", "#: {no} [flow]", " "])
def test_any_text_can_be_a_message(text: str) -> None:
    found = fix.edited("expected_failures:\n" + entries("a", "b"), [rewritten(0, "a", text)], PATH)
    assert yaml.safe_load(found)["expected_failures"][0]["message"] == text
    assert found.count("\n") == 3


@pytest.mark.parametrize(
    "before",
    [
        "expected_failures:\n  - &e {id: a, message: m, reason: r}\n  - *e\n",
        "expected_failures: &list\n" + entries("a") + "other: *list\n",
        "expected_failures:\n" + entries("b"),
        "expected_failures: {}\n",
        "[1]\n",
        "expected_failures: [\n",
    ],
)
def test_what_cannot_be_edited_line_by_line_is_refused(before: str) -> None:
    with pytest.raises(Refused, match=r"mine\.yml"):
        fix.edited(before, [dropped(0, "a")], PATH)
