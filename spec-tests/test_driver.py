"""pytest as driver and `fleproof run` say the same: ids, counts, verdicts, in the order of the cases."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import SUBJECT, Run, list_cases


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


def test_a_case_that_nobody_knows_is_refused(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [program, "run", "--stdin", "--sut", SUBJECT, "--report", tmp_path],
        input="no/such/case\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (2, 3)
    line = json.loads(done.stdout)
    assert (line["case"], line["verdict"]) == ("no/such/case", "error")
    assert "no case with this id" in line["reason"]
