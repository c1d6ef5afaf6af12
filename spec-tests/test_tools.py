"""The tools around the tests: a stage that did not run is a failure, `unsupported` may only fall, rooms are kept, and set-up asks
nobody, prints one line, or does nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import counts  # noqa: E402
import layers  # noqa: E402
import run_units  # noqa: E402
import unsupported  # noqa: E402
from counts import Counts  # noqa: E402


def test_counts_are_summed_over_stages(tmp_path: Path) -> None:
    for number, stage in enumerate(counts.STAGES):
        counts.write(stage, Counts(passed=number, skipped=1), tmp_path)
    total, lines = counts.total(tmp_path)
    stages = len(counts.STAGES)
    assert total == Counts(sum(range(stages)), 0, stages)
    assert str(total) == f"{total.passed} passed, 0 failed, {stages} skipped"
    assert len(lines) == len(counts.STAGES)
    assert str(Counts(3, 0)) == "3 passed, 0 failed"


@pytest.mark.parametrize("text", [None, "", "passed x\n", "passed 1\n"])
def test_a_stage_that_did_not_run_is_a_failure(tmp_path: Path, text: str | None) -> None:
    for stage in counts.STAGES[1:]:
        counts.write(stage, Counts(passed=1), tmp_path)
    if text is not None:
        (tmp_path / f"{counts.STAGES[0]}.counts").write_text(text)
    assert counts.total(tmp_path)[0] == Counts(len(counts.STAGES) - 1, 1)


UNITS = {
    "passes": ('echo "1..2"; echo "ok 1 - a"; echo "ok 2 - b"', Counts(2, 0)),
    "fails": ('echo "1..2"; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1', Counts(1, 1)),
    "skips": ('echo "1..2"; echo "ok 1 - a"; echo "not ok 2 # SKIP b"', Counts(1, 0, 1)),
    "says nothing": ("exit 0", Counts(0, 1)),
    "stops in the middle": ('echo "1..2"; echo "ok 1 - a"', Counts(1, 1)),
    "crashes": ('echo "1..1"; echo "ok 1 - a"; kill -SEGV $$', Counts(1, 1)),
    "leaves with a code": ('echo "1..1"; echo "ok 1 - a"; exit 3', Counts(1, 1)),
}


@pytest.mark.parametrize("name", UNITS)
def test_what_a_unit_test_program_says_is_counted(name: str, tmp_path: Path) -> None:
    script, expected = UNITS[name]
    program = tmp_path / "test_x"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert run_units.run(str(program)).counts == expected


def test_a_unit_test_program_that_was_not_built_is_a_failure(tmp_path: Path) -> None:
    assert run_units.run(str(tmp_path / "nothing")).counts == Counts(failed=1)


def results(where: Path, lines: list[tuple[str, str, str]]) -> Path:
    path = where / "results.jsonl"
    path.write_text("".join(json.dumps({"ev": "verdict", "subject": s, "area": a, "verdict": v}) + "\n" for s, a, v in lines))
    return path


def test_unsupported_may_only_fall(tmp_path: Path) -> None:
    found = unsupported.count(results(tmp_path, [("r", "kms", "unsupported"), ("r", "kms", "pass"), ("r", "own", "pass")]))
    assert found == {"r": {"kms": 1, "own": 0}}
    assert unsupported.rises({"r": {"kms": 2, "own": 0}}, found) == []
    assert unsupported.rises({"r": {"kms": 0, "own": 0}}, found) == [
        "unsupported: r has 1 in kms, stored are 0: it may only fall"
    ]
    assert unsupported.rises({"r": {"own": 0}}, found) == ["unsupported: r has 1 in kms, and no number is stored for it"]


def test_a_look_into_the_wrong_room_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cases = {
        "ref/base/a.c": '#include "ref/mongocrypt/key/key.h"',
        "ref/base/b.c": "#include <bson/bson.h>",
        "runner/judge/c.c": '#include "ref/mongocrypt/handle.h"',
        "mocks/world/d.c": "#include <mongocrypt/mongocrypt.h>",
        "ref/mongocrypt/crypto/e.c": '#include "ref/mongocrypt/ctx/ctx.h"',
        "ref/elsewhere/f.c": "int x;",
    }
    for name, text in cases.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
        assert len(layers.breaches(path)) == 1, name
    good = Path("ref/mongocrypt/crypto/g.c")
    good.write_text('#include "ref/base/bytes.h"\n#include "ref/mongocrypt/crypto/crypto.h"\n#include <openssl/evp.h>\n')
    assert layers.breaches(good) == []


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of the set-up that wants a package nobody has, on a machine where one is not root and apt-get only takes notes."""
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "tools" / "packages.txt").write_text("base dpkg\nbase no-such-package-here\nall another-one\n")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, script in {
        "id": "echo 1000",
        "apt-get": f'echo "$@" >>{tmp_path}/notes',
        "sudo": f'echo sudo >>{tmp_path}/notes; exec "$@"',
        "python3": "exit 1",
    }.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)
    return tmp_path


def setup(machine: Path, which: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{machine / 'bin'}:{os.environ['PATH']}"}
    inherited = {key: value for key, value in os.environ.items() if key != "SETUP"}
    command = [machine / "tools" / "setup.sh", which]
    return subprocess.run(command, env=inherited | path | environment, capture_output=True, text=True, check=False)


def test_setup_prints_one_line_to_who_is_not_root(machine: Path) -> None:
    done = setup(machine, "base")
    assert done.returncode == 2
    assert done.stdout.strip() == "apt-get install -y --no-install-recommends no-such-package-here"
    assert not (machine / "notes").exists()
    assert setup(machine, "all").stdout.strip().endswith("no-such-package-here another-one")


def test_setup_uses_sudo_when_told(machine: Path) -> None:
    setup(machine, "base", SETUP="sudo")
    notes = (machine / "notes").read_text().splitlines()
    assert notes[0] == "sudo"
    assert notes[-1].endswith("install -y --no-install-recommends no-such-package-here")


def test_setup_asks_nobody_as_root(machine: Path) -> None:
    (machine / "bin" / "id").write_text("#!/bin/sh\necho 0\n")
    setup(machine, "base")
    assert "sudo" not in (machine / "notes").read_text()


def test_a_second_setup_does_nothing_within_two_seconds() -> None:
    started = time.monotonic()
    done = subprocess.run([ROOT / "tools" / "setup.sh", "base"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - started < 2


def test_help_names_every_target() -> None:
    done = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    named = {line.split()[1] for line in done.stdout.splitlines()}
    wanted = "all setup setup-all conformance check bench sanitize mutants states fuzz-smoke valgrind lint vectors vectors-check install "
    wanted += "outdated screenshot man clean help"
    assert named == set(wanted.split())
