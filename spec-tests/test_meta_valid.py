"""Files that load: those of valid-pass pass on the reference, as does the example of docs/grammar.md; every case of valid-fail fails."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, ROOT, SUBJECT

META = ROOT / "spec-tests" / "meta"


def judge(path: Path, report: Path) -> tuple[int, dict[str, str], str]:
    """Exit code, verdict by case, and what was said on stderr."""
    done = subprocess.run(
        [PROGRAM, "run", path, "--sut", SUBJECT, "--report", report],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    results = report / "results.jsonl"
    events = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    return done.returncode, {event["case"]: event["verdict"] for event in events if event["ev"] == "verdict"}, done.stderr


@pytest.mark.parametrize(("folder", "verdict", "exit_code"), [("valid-pass", "pass", 0), ("valid-fail", "fail", 1)])
def test_every_case_of_the_folder_has_its_verdict(folder: str, verdict: str, exit_code: int, tmp_path: Path) -> None:
    left, verdicts, said = judge(META / folder, tmp_path)
    assert verdicts, said
    assert {case: found for case, found in verdicts.items() if found != verdict} == {}
    assert left == exit_code


def test_the_example_of_the_page_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "grammar.md").read_text()
    example = tmp_path / "example.yml"
    example.write_text(page.split("```yaml\n", 1)[1].split("```", 1)[0])
    left, verdicts, said = judge(example, tmp_path / "report")
    assert (left, verdicts) == (0, {"cache/key/asked-again-after-expiry": "pass"}), said
