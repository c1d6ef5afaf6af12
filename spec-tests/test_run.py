"""`fleproof run` as people meet it: arguments, subjects, expected failures, exit codes, jobs. The subject is the reference."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).resolve().parent / "meta" / "subjects" / "cases.yml"
ENCRYPTION = "meta/subjects/encryption-asks-for-its-key"
WRONG = """\
format: 1
topic: meta/run
defaults:
  handle: {kms_providers: {local: {key: !key local-1}}}
cases:
  - {id: meta/run/passes, rules: [R-META-001], call: {datakey: {key_encryption_key: {provider: local}}}, expect: {state: DONE}}
  - id: meta/run/fails
    rules: [R-META-001]
    call: {datakey: {key_encryption_key: {provider: local}}}
    expect: {error: {class: KEY_NOT_FOUND}}
  - id: meta/run/needs-what-is-not-built
    rules: [R-META-001]
    since: "99.0.0"
    call: {datakey: {key_encryption_key: {provider: local}}}
    expect: {state: DONE}
"""
SUBJECT_FILE = "format: 1\nname: mine\nforeign: %s\nfind: []\nabsent: nothing\nlacks: %s\nerrors: []\nexpected_failures: %s\n"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str
    report: Path

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.report / "results.jsonl").read_text().splitlines()]

    def verdicts(self) -> dict[str, str]:
        return {event["case"]: event["verdict"] for event in self.events() if event["ev"] == "verdict"}


class Runner:
    """Runs the program with a report folder of its own; `mine` is the reference behind a subject file of the test's making."""

    def __init__(self, program: Path, library: Path, folder: Path) -> None:
        self.program, self.library, self.folder = program, library, folder
        self.scenarios = folder / "wrong.yml"
        self.scenarios.write_text(WRONG)

    def run(self, *words: str | Path, stdin: str | None = None) -> Outcome:
        report = self.folder / "report"
        done = subprocess.run(
            [self.program, "run", "--report", report, *words], input=stdin or "", capture_output=True, text=True, check=False
        )
        return Outcome(done.returncode, done.stdout, done.stderr, report)

    def mine(self, *words: str | Path, foreign: str = "false", lacks: str = "[]", expected: str = "[]") -> Outcome:
        subject = self.folder / "mine.yml"
        subject.write_text(SUBJECT_FILE % (foreign, lacks, expected))
        return self.run(self.scenarios, "--sut", f"mine={self.library},like={subject}", *words)


@pytest.fixture
def runner(program: Path, prefix: Path, tmp_path: Path) -> Runner:
    return Runner(program, prefix / "lib" / "fleproof" / "libmongocrypt.so.0", tmp_path)


def test_what_is_as_expected_is_exit_0_with_a_table(runner: Runner) -> None:
    done = runner.run(CASES, "--sut", "reference")
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1].startswith("all")
    assert set(done.verdicts().values()) == {"pass"}
    assert done.events()[-1]["exit"] == 0


def test_a_difference_is_exit_1_and_named(runner: Runner) -> None:
    done = runner.mine()
    assert done.code == 1
    assert done.verdicts() == {
        "meta/run/passes": "pass",
        "meta/run/fails": "fail",
        "meta/run/needs-what-is-not-built": "unsupported",
    }
    assert "meta/run/fails" in done.out and "expect.error" in done.out
    assert "\r" not in done.err  # no progress in a pipe


@pytest.mark.parametrize(
    "words",
    [
        ["--sut", "nobody"],
        ["--sut", "x=/no/such/file"],
        ["--sut", "=x"],
        ["--sut", "reference", "--sut", "reference"],
        ["--sut", "reference,like=nobody"],
        ["--jobs", "0"],
        ["--jobs", "65"],
        ["--timeout", "1s"],
        ["--seed", "x"],
        ["--level", "could"],
        ["--no-such-option"],
        ["no-such-folder"],
    ],
    ids=lambda words: "".join(words),
)
def test_wrong_usage_is_exit_2_and_says_what(runner: Runner, words: list[str]) -> None:
    done = runner.run(*words)
    assert done.code == 2
    assert done.err


def test_a_file_that_is_no_library_is_exit_3_and_nothing_is_judged(runner: Runner) -> None:
    done = runner.run(CASES, "--sut", f"text={CASES}", "--sut", "reference")
    assert done.code == 3
    assert "text: " in done.err.splitlines()[0] and "invalid ELF header" in done.err.splitlines()[0]
    assert done.out == ""
    assert not (done.report / "results.jsonl").exists()


def built(folder: Path, source: str, *words: str | Path) -> Path:
    library = folder / "built.so"
    command = ["cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-", "-x", "none", *words]
    subprocess.run(command, input=source, text=True, check=True)
    return library


def test_a_library_without_the_first_functions_is_no_libmongocrypt(runner: Runner, tmp_path: Path) -> None:
    library = built(tmp_path, 'const char *mongocrypt_version(unsigned *len) { return len ? "1.20.1" : "1.20.1"; }')
    done = runner.run(CASES, "--sut", f"other={library}")
    assert done.code == 2
    assert "is no libmongocrypt" in done.err and "mongocrypt_binary_new" in done.err and "more" in done.err
    assert "mongocrypt_version" not in done.err
    assert not (done.report / "results.jsonl").exists()


def test_a_library_named_without_a_folder_is_the_one_of_this_folder(runner: Runner, tmp_path: Path) -> None:
    """The loader would look for the bare name in the system, and another library would be judged."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "libmongocrypt.so.0").symlink_to(runner.library.resolve())
    command = [runner.program, "run", CASES, "--sut", "mine=libmongocrypt.so.0,like=reference", "--report", here / "report"]
    subprocess.run(command, cwd=here, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    header = json.loads((here / "report" / "results.jsonl").read_text().splitlines()[0])
    assert "+fleproof." in header["subjects"][0]["version"]


def test_a_library_that_dies_before_it_can_be_asked_fails_with_the_cause(runner: Runner, tmp_path: Path) -> None:
    source = "#include <stdlib.h>\n__attribute__((constructor)) static void first(void) { abort(); }"
    done = runner.run(CASES, "--sut", f"other={built(tmp_path, source)}")
    assert done.code == 1
    assert all((event["verdict"], event["cause"]) == ("fail", "crash(SIGABRT)") for event in done.events()[1:-1])


@pytest.mark.parametrize("version", ["banana", "", "v1.8.0"])
def test_a_version_that_cannot_be_read_is_told_and_no_success(runner: Runner, tmp_path: Path, version: str) -> None:
    source = 'const char *mongocrypt_version(unsigned *len) { if (len) *len = sizeof VERSION - 1; return VERSION; }'
    source = f'#define VERSION "{version}"\n{source}'
    library = built(tmp_path, source, "-Wl,--no-as-needed", runner.library, f"-Wl,-rpath,{runner.library.parent}")
    done = runner.run(CASES, "--sut", f"other={library},like=reference")
    assert done.code == 1
    assert f'other: its version "{version}" cannot be read' in done.err


def test_a_library_that_ignores_the_death_of_children_is_proven_all_the_same(runner: Runner, tmp_path: Path) -> None:
    source = "#include <signal.h>\n__attribute__((constructor)) static void first(void) { signal(SIGCHLD, SIG_IGN); }"
    library = built(tmp_path, source, "-Wl,--no-as-needed", runner.library, f"-Wl,-rpath,{runner.library.parent}")
    done = runner.run(CASES, "--sut", f"other={library},like=reference")
    assert done.code == 0, done.err


def test_unknown_verbs_are_exit_2_with_the_list(program: Path) -> None:
    done = subprocess.run([program, "judge"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "doctor" in done.stderr


def test_globs_choose_cases(runner: Runner) -> None:
    assert list(runner.mine("-k", "*/pass*").verdicts()) == ["meta/run/passes"]
    assert "meta/run/fails" not in runner.mine("--not", "*/fails").verdicts()


def test_a_run_without_cases_is_no_success(runner: Runner) -> None:
    for done in (runner.mine("-k", "*/nothing"), runner.run("--stdin", CASES, "--sut", "reference", stdin="\n")):
        assert done.code == 2
        assert "no case was selected" in done.err


def test_fail_fast_sends_nothing_more(runner: Runner) -> None:
    done = runner.mine("--fail-fast")
    assert done.code == 1
    assert "meta/run/needs-what-is-not-built" not in done.verdicts()


# ---- expected failures ----

ENTRY = '[{id: "%s", reason: known, message: "%s"}]'


def test_an_expected_failure_is_xfail_and_exit_0(runner: Runner) -> None:
    done = runner.mine(expected=ENTRY % ("meta/run/fails", "the call succeeded"))
    assert done.code == 0, done.out
    assert done.verdicts()["meta/run/fails"] == "xfail"


def test_one_that_fails_differently_breaks_the_run(runner: Runner) -> None:
    done = runner.mine(expected=ENTRY % ("meta/run/fails", "another text"))
    assert done.code == 1
    assert done.verdicts()["meta/run/fails"] == "fail"
    assert "differently" in done.out


def test_one_that_passes_breaks_the_run(runner: Runner) -> None:
    done = runner.mine("--not", "*/fails", expected=ENTRY % ("meta/run/passes", "x"))
    assert done.code == 1
    assert done.verdicts()["meta/run/passes"] == "xpass"


def test_one_that_never_runs_breaks_the_run(runner: Runner) -> None:
    done = runner.mine("--not", "*/fails", expected=ENTRY % ("meta/run/needs-what-is-not-built", "x"))
    assert done.code == 1
    assert "never ran" in done.err
    assert runner.mine("-k", "*/passes", expected=ENTRY % ("meta/run/fails", "x")).code == 0  # its case was not selected


def test_a_wildcard_without_bounds_is_refused(runner: Runner) -> None:
    done = runner.mine(expected=ENTRY % ("meta/*", "x"))
    assert done.code == 3
    assert "mine.yml:8" in done.err


def test_a_subject_file_with_an_unknown_field_is_refused(runner: Runner) -> None:
    done = runner.mine(expected="[]\nexpectd: 1")
    assert done.code == 3
    assert "expectd" in done.err


# ---- levels and features ----


def test_a_feature_that_is_declared_as_lacking_but_works_breaks_the_run(runner: Runner) -> None:
    runner.scenarios.write_text(WRONG.replace('since: "99.0.0"', "needs: [rewrap]"))
    assert runner.mine("-k", "*built").code == 0
    done = runner.mine("-k", "*built", lacks="[rewrap]")
    assert done.code == 1
    assert done.verdicts() == {"meta/run/needs-what-is-not-built": "xpass"}


@pytest.mark.parametrize(("foreign", "code"), [("true", 0), ("false", 1)])
def test_should_and_may_decide_on_the_reference_only(runner: Runner, foreign: str, code: int) -> None:
    runner.scenarios.write_text(WRONG.replace("- id: meta/run/fails", "- level: may\n    id: meta/run/fails"))
    done = runner.mine(foreign=foreign)
    assert done.code == code
    assert [event["advisory"] for event in done.events() if event.get("case") == "meta/run/fails"] == [code == 0]


# ---- stdin ----


def test_a_verdict_comes_while_stdin_is_open(program: Path, tmp_path: Path) -> None:
    command = [program, "run", "--stdin", CASES, "--sut", "reference", "--report", tmp_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        for _ in range(2):
            process.stdin.write(f"{ENCRYPTION}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["verdict"] == "pass"
        process.stdin.close()
        assert process.wait(timeout=10) == 0
