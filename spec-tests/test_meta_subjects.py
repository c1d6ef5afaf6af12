"""The harness is tested by subjects with one known defect: libraries of a few lines around the reference.

Each is built here, run on `meta/subjects/cases.yml`, and its whole table of verdicts is compared with the stored one. `FLEPROOF_STORE=1`
writes the tables anew, for a person to read before they are committed.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "meta" / "subjects"
DEFECTS = sorted(path.stem for path in HERE.glob("*.c"))
ANY_SIGNAL = ("overwrites_heap",)  # which signal ends a process with a broken heap is chance
Table = dict[str, list[str | None]]


def compiled(source: Path, out: Path, root: Path, prefix: Path) -> Path:
    """A library of one source around the reference."""
    reference = prefix / "lib" / "fleproof"
    library = out / f"{source.stem}.so"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O1", "-shared", "-fPIC", "-fvisibility=hidden"]
        + [f"-I{root / 'ref' / 'mongocrypt' / 'include'}", source, "-o", library]
        + [f"-L{reference}", "-Wl,--no-as-needed", "-l:libmongocrypt.so.0", f"-Wl,-rpath,{reference}", "-ldl"],
        check=True,
    )
    return library


@pytest.fixture(scope="session")
def libraries(root: Path, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reference, and beside it each library with a defect."""
    out = tmp_path_factory.mktemp("subjects")
    found = {"reference": prefix / "lib" / "fleproof" / "libmongocrypt.so.0"}
    for name in DEFECTS:
        found[name] = compiled(HERE / f"{name}.c", out, root, prefix)
    return found


def table(program: Path, name: str, library: Path, report: Path, *words: str) -> Table:
    """Of each case: verdict, cause, place of the first difference."""
    done = subprocess.run(
        [program, "run", HERE / "cases.yml", "--sut", f"{name}={library},like=reference", "--report", report, "--timeout", "1000", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
    verdicts = [line for line in lines if line["ev"] == "verdict"]
    assert (done.returncode == 0) == all(line["verdict"] == "pass" for line in verdicts)
    return {
        line["case"]: [line["verdict"], cause(name, line["cause"]), line["differences"][0]["at"] if line["differences"] else None]
        for line in verdicts
    }


def cause(name: str, told: str | None) -> str | None:
    return "crash" if told and told.startswith("crash(") and name in ANY_SIGNAL else told


def test_every_defect_has_its_table() -> None:
    assert len(DEFECTS) >= 13
    assert sorted(path.stem for path in (HERE / "expected").glob("*.json")) == sorted([*DEFECTS, "reference"])


@pytest.mark.parametrize("name", ["reference", *DEFECTS])
def test_verdicts_are_the_stored_ones(name: str, program: Path, libraries: dict[str, Path], tmp_path: Path) -> None:
    found = table(program, name, libraries[name], tmp_path)
    stored = HERE / "expected" / f"{name}.json"
    if os.environ.get("FLEPROOF_STORE"):
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(stored.read_text())


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_seen_and_spares_the_cases_behind_it(name: str) -> None:
    stored: Table = json.loads((HERE / "expected" / f"{name}.json").read_text())
    reference: Table = json.loads((HERE / "expected" / "reference.json").read_text())
    assert set(stored) == set(reference)
    assert any(verdict == "fail" for verdict, _, _ in stored.values())
    assert any(verdict == "pass" for verdict, _, _ in stored.values())
    assert all(verdict == "pass" for verdict, _, _ in reference.values())
