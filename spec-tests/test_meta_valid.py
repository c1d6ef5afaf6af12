"""Files that load: those of valid-pass pass on the reference, every case of valid-fail fails."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, ROOT, SUBJECT

META = ROOT / "spec-tests" / "meta"


@pytest.mark.parametrize(("folder", "verdict", "exit_code"), [("valid-pass", "pass", 0), ("valid-fail", "fail", 1)])
def test_every_case_of_the_folder_has_its_verdict(folder: str, verdict: str, exit_code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "run", META / folder, "--sut", SUBJECT, "--report", tmp_path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    events = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    verdicts = {event["case"]: event["verdict"] for event in events if event["ev"] == "verdict"}
    assert verdicts, done.stderr
    assert {case: found for case, found in verdicts.items() if found != verdict} == {}
    assert done.returncode == exit_code
