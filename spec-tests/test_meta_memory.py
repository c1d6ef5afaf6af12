"""`fleproof run --fail-alloc` is tested by subjects that each do one thing wrong when memory is short, around the reference.

As the reference (`like=reference`) each must fail, and for the reason that it has; as a foreign library it is recorded.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_meta_subjects import compiled

HERE = Path(__file__).resolve().parent / "meta" / "subjects" / "memory"
AREA = "datakey/local/*"

# Defect: cause of the verdict, or words of its first difference; the kind of points that a record of it counts.
DEFECTS: dict[str, tuple[str | None, str | None, str]] = {
    "forgets_a_block": (None, "1 blocks are still allocated", "left"),
    "trusts_malloc": ("crash(SIGSEGV)", None, "crash(SIGSEGV)"),
    "spoils_the_handle": (None, "done again, give something else", "spoiled"),
    "hides_the_reason": (None, "without an error that says so", "unclean"),
    "keeps_a_block": (None, "1 blocks are still allocated", "left"),
    "waits_for_memory": ("hang", None, "hang"),
}


@pytest.fixture(scope="session")
def libraries(root: Path, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("memory")
    return {name: compiled(HERE / f"{name}.c", out, root, prefix) for name in DEFECTS}


def verdicts(program: Path, subject: str, report: Path, *words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [program, "run", "--sut", subject, "--report", report, "--quiet", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
    found = [line for line in lines if line["ev"] == "verdict" and line["verdict"] != "unsupported"]
    broken = any(line["verdict"] != "pass" for line in found)
    assert done.returncode == (1 if broken else 0)
    return found or [line for line in lines if line["ev"] == "verdict"]


def test_every_source_is_tried() -> None:
    assert sorted(DEFECTS) == sorted(path.stem for path in HERE.glob("*.c"))


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_of_memory_fails(name: str, program: Path, libraries: dict[str, Path], tmp_path: Path) -> None:
    cause, why, _ = DEFECTS[name]
    case = AREA if name != "waits_for_memory" else one_case(program, tmp_path)
    found = verdicts(
        program, f"{name}={libraries[name]},like=reference", tmp_path, "--fail-alloc", "every", "-k", case, "--timeout", "1000"
    )
    failed = [line for line in found if line["verdict"] == "fail"]
    assert failed
    assert {line["cause"] for line in failed} == {cause}
    if why:
        assert all(why in line["differences"][0]["why"] for line in failed)


@pytest.mark.parametrize("name", [name for name in DEFECTS if name != "keeps_a_block"])
def test_without_a_failure_it_is_as_the_reference(name: str, program: Path, libraries: dict[str, Path], tmp_path: Path) -> None:
    found = verdicts(program, f"{name}={libraries[name]},like=reference", tmp_path, "-k", AREA)
    assert {line["verdict"] for line in found} == {"pass"}


def test_a_block_that_is_always_left_fails_every_run(program: Path, libraries: dict[str, Path], tmp_path: Path) -> None:
    found = verdicts(program, f"x={libraries['keeps_a_block']},like=reference", tmp_path, "-k", AREA)
    assert {line["verdict"] for line in found} == {"fail"}
    assert {line["differences"][0]["at"] for line in found} == {"left"}


@pytest.mark.parametrize("name", DEFECTS)
def test_of_a_foreign_library_it_is_recorded(name: str, program: Path, libraries: dict[str, Path], tmp_path: Path) -> None:
    kind = DEFECTS[name][2]
    case = one_case(program, tmp_path)
    (told,) = verdicts(program, f"{name}={libraries[name]}", tmp_path, "--fail-alloc", "every", "-k", case, "--timeout", "20000")
    record = told["fail_alloc"]
    numbers = {**record, **record["deaths"]}
    assert numbers[kind] > 0
    assert record["points"] == sum(number for name, number in numbers.items() if name not in ("points", "deaths"))


def one_case(program: Path, report: Path) -> str:
    """Any of the cases that end in a result."""
    for line in verdicts(program, "reference", report, "-k", AREA):
        return str(line["case"])
    raise AssertionError("there is no case")
