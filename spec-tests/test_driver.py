"""pytest as driver and `fleproof run` say the same: ids, counts, verdicts, in the order of the cases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, SUBJECT, Run, list_cases

sys.path.insert(0, str(ROOT))

from reports import folder, results


@pytest.fixture(scope="module")
def by_run(program: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Verdict lines of `fleproof run` on the same subject, from the report folder that the program wrote."""
    report = tmp_path_factory.mktemp("run")
    done = subprocess.run(
        [program, "run", "--sut", SUBJECT, "--report", report],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    events = [json.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
    return [event for event in events if event["ev"] == "verdict"]


@pytest.fixture(scope="module")
def by_stdin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return Run([case["id"] for case in list_cases()], tmp_path_factory.mktemp("stdin")).verdicts


def test_there_are_cases() -> None:
    ids = [case["id"] for case in list_cases()]
    assert ids
    assert len(ids) == len(set(ids))


def test_ids_are_the_same_in_the_same_order(by_run: list[dict[str, Any]], by_stdin: dict[str, dict[str, Any]]) -> None:
    listed = [case["id"] for case in list_cases()]
    assert [line["case"] for line in by_run] == listed
    assert sorted(by_stdin) == sorted(listed)


def test_verdicts_and_counts_are_the_same(by_run: list[dict[str, Any]], by_stdin: dict[str, dict[str, Any]]) -> None:
    keys = ("case", "area", "subject", "level", "verdict", "cause", "advisory", "reason", "differences")
    for line in by_run:
        assert {key: by_stdin[line["case"]][key] for key in keys} == {key: line[key] for key in keys}
    assert Counter(line["verdict"] for line in by_run) == Counter(line["verdict"] for line in by_stdin.values())


def test_one_job_and_eight_write_the_same_report(program: Path, tmp_path: Path) -> None:
    """Byte for byte, but for the header, which tells the jobs; eight jobs are eight hosts."""
    for jobs in (1, 8):
        words = [program, "run", "--sut", SUBJECT, "--jobs", str(jobs), "--report", tmp_path / str(jobs)]
        assert subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode in (0, 1)
    one, eight = ((tmp_path / jobs / "results.jsonl").read_bytes().splitlines() for jobs in ("1", "8"))
    assert one[1:] == eight[1:]
    assert json.loads(one[0])["subjects"][0]["hosts"] == 1
    assert json.loads(eight[0])["subjects"][0]["hosts"] == 8
    transcripts = (f"transcripts/{SUBJECT}.jsonl", "cases.jsonl")
    for name in transcripts:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "8" / name).read_bytes(), name


def test_what_a_run_writes_is_what_the_schema_and_the_reader_know(program: Path, root: Path, tmp_path: Path) -> None:
    subprocess.run([program, "run", "--report", tmp_path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    validator = jsonschema.Draft202012Validator(json.loads((root / "schemas" / "results.schema.json").read_text()))
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines, 1):
        assert not [error.message for error in validator.iter_errors(line)], f"line {number}"
    read = results.read(tmp_path / "results.jsonl")
    assert len(read.verdicts) == lines[-1]["lines"]
    for verdict in read.verdicts:
        if verdict.transcript:
            events = folder.transcript(tmp_path, verdict.transcript)
            assert events[0]["id"] == verdict.case, "the span begins where the case does"
            assert verdict.cause or events[-1]["ev"] == "end"


def test_a_case_that_nobody_knows_is_refused(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [program, "run", "--stdin", "--sut", SUBJECT, "--report", tmp_path],
        input="no/such/case\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    line = json.loads(done.stdout)
    assert (line["case"], line["verdict"]) == ("no/such/case", "error")
    assert "no case with this id" in line["reason"]
