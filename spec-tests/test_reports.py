"""The readers of a report folder: what is whole is read, what is not is refused with file and line; pages are the same bytes
for the same results.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import bson
import jsonschema
import pytest
from junitparser import JUnitXml
from made_results import Line, footer, header, subject, verdict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reports import explain, folder, notation, pages, results, rules  # noqa: E402

DIFFERENCE = {"at": "calls.0.result", "rule": "R-OWN-001", "expected": '{"v":1}', "actual": '{"v":2}', "why": "another value"}
VERDICTS = [
    verdict("own/a", "reference", "pass"),
    verdict(
        "own/a",
        "debian",
        "fail",
        differences=[DIFFERENCE],
        transcript={"file": "transcripts/debian.jsonl", "offset": 3, "length": 0},
    ),
    verdict("own/b", "reference", "unsupported", reason="lacks rewrap"),
    verdict("own/b", "debian", "fail", level="may", advisory=True, cause="crash(SIGSEGV)", reason="in ctx_finalize | <b>"),
    verdict("len/c", "reference", "xfail", reason="known"),
    verdict("len/c", "debian", "error", reason="the harness failed"),
]
SUBJECTS = (
    subject("reference", lacks=["rewrap"]),
    subject("debian"),
    subject("wheel", file=None, version=None, absent="run make setup", hosts=0),
)


def lay_out(where: Path, lines: list[Line]) -> Path:
    where.mkdir(parents=True, exist_ok=True)
    (where / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return where


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A whole folder with every verdict word that a page tells apart."""
    where = lay_out(tmp_path / "report", [header(*SUBJECTS), *VERDICTS, footer(VERDICTS)])
    asked = base64.b64encode(bson.encode({"_id": 7})).decode()
    events = [
        {"nonce": "n", "seq": 0, "ev": "begin", "id": "own/a"},
        {"nonce": "n", "seq": 1, "ev": "ask", "call": 0, "round": 0, "state": "NEED_MONGO_KEYS", "op": asked, "db": None},
        {
            "nonce": "n",
            "seq": 2,
            "ev": "answer",
            "call": 0,
            "round": 0,
            "kind": "keys",
            "given": [],
            "returns": [],
            "fault": "drop",
            "offset": None,
            "done": True,
        },
        {
            "nonce": "n",
            "seq": 3,
            "ev": "outcome",
            "call": 0,
            "state": "ERROR",
            "result": None,
            "failed": "ctx_mongo_done",
            "error": {"type": 1, "code": 1, "message": "no key"},
        },
    ]
    text = "".join(json.dumps(event) + "\n" for event in events) + "free text\n"
    transcripts = where / "transcripts"
    transcripts.mkdir()
    (transcripts / "debian.jsonl").write_text("xx\n" + text)
    VERDICTS[1]["transcript"]["length"] = len(text)
    lay_out(where, [header(*SUBJECTS), *VERDICTS, footer(VERDICTS)])
    cases = [
        {
            "id": name,
            "area": name[:3],
            "file": f"{name[:3]}/t.yml",
            "line": 4,
            "level": "must",
            "rules": ["R-OWN-001"],
            "since": None,
            "until": None,
            "needs": [],
            "explain": "why it matters",
            "breaks": None,
            "mend": None,
            "case": {
                "call": {"explicit_encrypt": {"value": {"v": {"$numberInt": "1"}}}},
                "exchange": [{"ask": {"state": "NEED_MONGO_KEYS"}}, {"answer": {"keys": []}}],
                "expect": {"result": {"v": {"$numberInt": "1"}}},
            },
        }
        for name in ("own/a", "own/b", "len/c")
    ]
    (where / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return where


def test_a_whole_file_is_read(report: Path) -> None:
    read = results.read(report / "results.jsonl")
    assert read.areas == ("len", "own")
    assert [subject.name for subject in read.present] == ["reference", "debian"]
    assert read.count("debian") == {"fail": 1, "error": 1, "advisory": 1}
    assert [line.case for line in read.verdicts if line.bad] == ["own/a", "len/c"]


REFUSED = {
    "no footer": ([header(*SUBJECTS), *VERDICTS], "not a footer"),
    "footer of a run that broke off": ([header(*SUBJECTS), *VERDICTS, footer(VERDICTS, complete=False)], "not a footer"),
    "empty": ([], "not a header"),
    "no header": ([*VERDICTS, footer(VERDICTS)], "not a header"),
    "another format": ([header(*SUBJECTS) | {"format": 2}, footer([])], "format 2"),
    "duplicate": (
        [header(*SUBJECTS), VERDICTS[0], VERDICTS[0], footer([VERDICTS[0]] * 2)],
        ":3: a second verdict of own/a on reference",
    ),
    "lines missing": ([header(*SUBJECTS), *VERDICTS[1:], footer(VERDICTS)], "speaks of 6 lines, there are 5"),
    "counts that lie": ([header(*SUBJECTS), *VERDICTS, footer(VERDICTS, counts={"debian": {"pass": 3}})], "counts of debian"),
    "cases that are not there": ([header(*SUBJECTS), *VERDICTS, footer(VERDICTS, cases=4)], "speaks of 4 cases, there are 3"),
    "counts without a subject": ([header(*SUBJECTS), *VERDICTS, footer(VERDICTS, counts={})], "counts of debian"),
    "an exit that is too good": (
        [header(*SUBJECTS), VERDICTS[1], footer(VERDICTS[1:2], exit=0)],
        ":3: the footer says exit 0, but not all verdicts are as expected",
    ),
    "an error without its exit": ([header(*SUBJECTS), *VERDICTS, footer(VERDICTS, exit=1)], "a verdict is error: that run ends in 3"),
    "an exit that is none": ([header(*SUBJECTS), footer([], exit=7)], "exit 7 is no exit code"),
    "an exit that is no number": ([header(*SUBJECTS), footer([], exit=True)], "exit True is no exit code"),
    "word that is no verdict": (
        [header(*SUBJECTS), verdict("a/b", "debian", "flaky"), footer(VERDICTS)],
        "'flaky' is no verdict",
    ),
    "subject that nobody knows": ([header(*SUBJECTS), verdict("a/b", "who", "pass"), footer(VERDICTS)], "no subject 'who'"),
    "footer in the middle": ([header(*SUBJECTS), footer([]), *VERDICTS, footer(VERDICTS)], ":2: 'footer' does not belong"),
    "field missing": (
        [header(*SUBJECTS), {k: v for k, v in VERDICTS[0].items() if k != "advisory"}, footer(VERDICTS)],
        "advisory",
    ),
    "no object": ([header(*SUBJECTS), [1], footer(VERDICTS)], ":2: not an object"),  # type: ignore[list-item]
}


@pytest.mark.parametrize(("offset", "length"), [(10**6, 1), (0, 10**6), (-1, 5), (3, -1)])
def test_a_transcript_beyond_its_file_is_refused(report: Path, offset: int, length: int) -> None:
    with pytest.raises(results.Refused, match=f"{length} bytes at offset {offset}, but the file has"):
        folder.transcript(report, results.Span("transcripts/debian.jsonl", offset, length))


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_not_whole_is_refused(name: str, tmp_path: Path) -> None:
    lines, words = REFUSED[name]
    with pytest.raises(results.Refused) as refusal:
        results.read(lay_out(tmp_path, lines) / "results.jsonl")
    assert words in str(refusal.value)
    assert "results.jsonl" in str(refusal.value)


def test_a_line_that_is_cut_is_refused(report: Path) -> None:
    path = report / "results.jsonl"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(results.Refused, match="not JSON"):
        results.read(path)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_report_writes_the_same_pages_twice(report: Path) -> None:
    assert run("report", report).returncode == 0
    first = {name: (report / name).read_bytes() for name in ("junit.xml", "summary.md")}
    assert run("report", report).returncode == 0
    assert first == {name: (report / name).read_bytes() for name in first}


def test_junit_tells_bad_from_skipped(report: Path) -> None:
    assert run("report", report).returncode == 0
    xml = JUnitXml.fromfile(str(report / "junit.xml"))
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (6, 1, 1, 3)
    suites = {suite.name: suite for suite in xml}
    assert set(suites) == {"reference", "debian"}
    failing = next(test for test in suites["debian"] if test.name == "own/a")
    assert failing.result[0].message == "calls.0.result: another value"


def test_summary_shows_areas_subjects_and_reasons(report: Path) -> None:
    text = pages.page("summary.md.j2", results=results.read(report / "results.jsonl"))
    assert "| own | 1 pass, 1 unsupported | 1 fail, 1 advisory |" in text
    assert "**wheel** is absent: run make setup" in text
    assert "| `own/a` | debian | calls.0.result: another value |" in text
    assert "in ctx_finalize \\| &lt;b>" in text, "text of a subject must not break the table"
    assert "| lacks rewrap | 1 |" in text


def test_explain_shows_exchange_difference_and_rule(report: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "rules"
    catalogue.mkdir()
    (catalogue / "own.yml").write_text("format: 1\nrules: [{id: R-OWN-001, level: must, rule: outputs stay, source: OWN-1}]\n")
    text = explain.explain(report, "own/a", "debian", catalogue)
    for words in (
        "own/t.yml:4",
        "why it matters",
        "rule R-OWN-001 (OWN-1): outputs stay",
        "call      {explicit_encrypt: {value: {v: 1}}}",
        'ask       {state: "NEED_MONGO_KEYS"}',
        "expects   {result: {v: 1}}",
        "asks     {_id: 7}",
        "fault    drop",
        "error    no key (type 1, code 1)",
        "not a line of a transcript: free text",
        "differs at calls.0.result: another value",
        "expected {v: 1}",
        "actual   {v: 2}",
    ):
        assert words in text
    assert "reference" not in text


def test_explain_shows_long_bytes_whole_where_they_differ() -> None:
    texts = (base64.b64encode(bytes(20) + middle + bytes(20)).decode() for middle in (b"a", b"b"))
    one, two = (json.dumps({"$binary": {"base64": text, "subType": "00"}}) for text in texts)
    assert notation.told(one) == notation.told(two), "else this test shows nothing"
    difference = results.Difference(at="x", rule=None, expected=one, actual=two, why="w")
    line = results.Verdict("a/b", "a", "s", "must", "fail", None, False, None, (difference,), None)
    case = {"id": "a/b", "file": "f", "line": 1, "level": "must"}
    text = pages.page("explain.txt.j2", case=case, written=[], rules=[], subjects=[(line, ())])
    assert one in text and two in text


def test_explain_of_an_unknown_case_names_near_ones(report: Path) -> None:
    done = run("explain", "own/aa", "--report", report)
    assert done.returncode == 2
    assert "did you mean own/a" in done.stderr
    assert run("explain", "own/a", "--report", report / "nowhere").returncode == 2


def test_a_transcript_outside_of_the_folder_is_refused(report: Path) -> None:
    with pytest.raises(results.Refused, match="outside"):
        folder.transcript(report, results.Span("../../etc/passwd", 0, 10))


def test_bytes_are_shown_as_what_they_are() -> None:
    assert folder.shown(base64.b64encode(b"\x01\x02").decode()) == "hex 0102"
    assert folder.shown({"len": 70000, "sha256": "ab", "file": "f"}) == "70000 bytes, SHA-256 ab, in f"
    assert folder.shown(None) == "nothing"
    cut = bson.encode({"a": "b"})[:-3]
    assert folder.shown(base64.b64encode(cut).decode()) == f"hex {cut.hex()}"


SCHEMA = json.loads((ROOT / "schemas" / "results.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one_and_takes_every_kind_of_line() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for line in (header(*SUBJECTS), *VERDICTS, footer(VERDICTS)):
        VALIDATOR.validate(line)


BAD_LINES = {
    "word": verdict("a/b", "debian", "flaky"),
    "unknown field": verdict("a/b", "debian", "pass", note="x"),
    "unsupported without a reason": verdict("a/b", "debian", "unsupported"),
    "advisory must": verdict("a/b", "debian", "fail", advisory=True),
    "cause in other words": verdict("a/b", "debian", "fail", cause="segfault"),
    "footer of a broken run": footer(VERDICTS, complete=False),
    "no subject at all": header(),
    "offset below zero": verdict("a/b", "debian", "pass", transcript={"file": "f", "offset": -1, "length": 0}),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_the_schema_refuses(name: str) -> None:
    assert not VALIDATOR.is_valid(BAD_LINES[name])


def test_the_catalogue_is_read_for_its_words(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("format: 1\nrules:\n  - {id: R-A-001, level: may, rule: 'say: so', source: A-1}\n")
    (tmp_path / "topics.yml").write_text("format: 1\ntopics: []\n")
    assert rules.catalogue(tmp_path) == {"R-A-001": rules.Rule("R-A-001", "may", "say: so", "A-1")}
    assert rules.catalogue(tmp_path / "none") == {}
