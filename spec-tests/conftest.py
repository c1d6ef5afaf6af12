"""pytest as a driver of the scenarios: one test a case, collected from `fleproof list`, judged by one `fleproof run`.

Nothing here reads a scenario or computes a verdict. FLEPROOF_PREFIX names another tree than build/release to drive.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PREFIX = Path(os.environ.get("FLEPROOF_PREFIX", ROOT / "build" / "release"))
PROGRAM = PREFIX / "bin" / "fleproof"
SUBJECT = "reference"


def list_cases(*words: str) -> list[dict[str, Any]]:
    """What `fleproof list` knows, a dictionary a case."""
    if not PROGRAM.exists():
        raise pytest.UsageError(f"{PROGRAM} is not built: run make")
    done = subprocess.run(
        [PROGRAM, "list", "--format", "jsonl", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise pytest.UsageError(f"`fleproof list` left with {done.returncode}:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


class Scenarios(pytest.File):
    """A scenario file, with the cases that the program found in it."""

    def __init__(self, *, cases: list[dict[str, Any]], **more: Any) -> None:
        super().__init__(**more)
        self.cases = cases

    def collect(self) -> Iterator[pytest.Item]:
        for case in self.cases:
            yield Scenario.from_parent(self, name=case["id"], case=case)


class Scenario(pytest.Item):
    def __init__(self, *, case: dict[str, Any], **more: Any) -> None:
        super().__init__(**more)
        self.case = case

    def runtest(self) -> None:
        verdict = self.session.stash[RUN].verdict(self.case["id"])
        if verdict["verdict"] == "unsupported":
            pytest.skip(verdict["reason"])
        if verdict["verdict"] not in ("pass", "xfail"):
            raise NotAsExpected(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, NotAsExpected):
            return super().repr_failure(excinfo, style)
        verdict = excinfo.value.verdict
        lines = [f"{verdict['case']} on {verdict['subject']}: {verdict['verdict']}"]
        lines += [verdict[key] for key in ("cause", "reason") if verdict[key]]
        for difference in verdict["differences"]:
            lines += [
                f"at {difference['at']}: {difference['why']}",
                f"  expected {difference['expected']}",
                f"  actual   {difference['actual']}",
            ]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case["line"] - 1, self.name


class NotAsExpected(Exception):
    def __init__(self, verdict: dict[str, Any]) -> None:
        super().__init__(verdict["case"])
        self.verdict = verdict


class Run:
    """One `fleproof run --stdin` for all selected cases, started when the first verdict is asked for."""

    def __init__(self, ids: list[str], report: Path) -> None:
        self.ids, self.report = ids, report

    @cached_property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        done = subprocess.run(
            [PROGRAM, "run", "--stdin", "--sut", SUBJECT, "--report", self.report],
            input="".join(f"{case}\n" for case in self.ids),
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = {line["case"]: line for line in lines if line.get("ev") == "verdict"}
        if done.returncode not in (0, 1) or set(found) != set(self.ids):
            raise RuntimeError(
                f"`fleproof run --stdin` left with {done.returncode} and {len(found)} of {len(self.ids)} verdicts:\n{done.stderr}"
            )
        return found

    def verdict(self, case: str) -> dict[str, Any]:
        return self.verdicts[case]


RUN: pytest.StashKey[Run] = pytest.StashKey()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    cases = _cases_by_file(parent.config).get(file_path.resolve()) if file_path.suffix == ".yml" else None
    if not cases:
        return None
    return Scenarios.from_parent(parent, path=file_path, cases=cases)


_CASES: pytest.StashKey[dict[Path, list[dict[str, Any]]]] = pytest.StashKey()


def _cases_by_file(config: pytest.Config) -> dict[Path, list[dict[str, Any]]]:
    """Paths of `list` are below the folder of the scenarios, or as given."""
    if _CASES not in config.stash:
        by_file: dict[Path, list[dict[str, Any]]] = {}
        for case in list_cases():
            here = [base / case["file"] for base in (ROOT, ROOT / "spec-tests", Path("/")) if (base / case["file"]).exists()]
            if not here:
                raise pytest.UsageError(f"`fleproof list` names {case['file']}, which is not below {ROOT}")
            by_file.setdefault(here[0].resolve(), []).append(case)
        config.stash[_CASES] = by_file
    return config.stash[_CASES]


def pytest_collection_finish(session: pytest.Session) -> None:
    ids = [item.case["id"] for item in session.items if isinstance(item, Scenario)]
    report = ROOT / "build" / "check" / "pytest-report"
    session.stash[RUN] = Run(ids, report)


@pytest.fixture(scope="session")
def program() -> Path:
    return PROGRAM


@pytest.fixture(scope="session")
def prefix() -> Path:
    return PREFIX


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
