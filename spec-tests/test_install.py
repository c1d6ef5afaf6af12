"""`make install` leaves something that stands alone: from a copy of the source tree into a folder, then the copy is renamed
away, and what was installed runs, explains and serves a client by pkg-config.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "Makefile",
    "LICENSE",
    "docs",
    "tools",
    "requirements",
    "ref",
    "mocks",
    "runner",
    "reports",
    "schemas",
    "vectors",
    "spec-tests",
    "examples",
)


def run(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    environment |= more.pop("environment", {})
    return subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("install")
    copy, where = base / "source", base / "installed&ready"
    copy.mkdir()
    for name in SOURCES:
        if (ROOT / name).exists():
            subprocess.run(["cp", "-a", ROOT / name, copy / name], check=True)
    # What was built and downloaded comes along; the environment is only pip's interpreter here.
    (copy / "build").mkdir()
    for name in ("release", "wheels"):
        subprocess.run(["cp", "-a", ROOT / "build" / name, copy / "build" / name], check=True)
    (copy / "build" / "venv").symlink_to(ROOT / "build" / "venv")
    done = run("make", "install", f"PREFIX={where}", cwd=copy, environment={"SETUP": "none"})
    assert done.returncode == 0, done.stdout + done.stderr
    copy.rename(base / "gone")
    return where


def test_the_tree_is_that_of_the_page(installed: Path) -> None:
    lib = installed / "lib" / "fleproof"
    for path in (
        installed / "bin" / "fleproof",
        lib / "host-abi",
        lib / "libmongocrypt.so.0",
        installed / "share" / "man" / "man1" / "fleproof.1",
        lib / "include/mongocrypt/mongocrypt.h",
        lib / "pkgconfig/fleproof-mongocrypt.pc",
        lib / "python/jinja2",
        lib / "python/pymongocrypt/libmongocrypt.so",
    ):
        assert path.exists(), path
    for name in ("spec-tests", "schemas", "subjects", "reports"):
        assert (installed / "share" / "fleproof" / name).is_dir(), name
    assert not list(installed.rglob("__pycache__"))


def test_nothing_names_the_source_tree(installed: Path) -> None:
    found = [path for path in installed.rglob("*") if path.is_symlink() and not path.resolve().is_relative_to(installed)]
    # A whole path only: a tree in /src must not find itself in `libbson/src/`.
    trees = [re.compile(rb"(?<![\w./-])" + re.escape(str(tree).encode()) + rb"/") for tree in (ROOT, installed.parent / "source")]
    for path in installed.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            found += [path for tree in trees if tree.search(data)]
    assert not found


@pytest.fixture(scope="module")
def report(installed: Path) -> Path:
    """A run from a folder of its own; what the verdicts are is not asked here."""
    elsewhere = installed.parent / "elsewhere"
    elsewhere.mkdir()
    done = run(installed / "bin" / "fleproof", "run", "--sut", "reference", "--report", elsewhere / "report", cwd=elsewhere)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return elsewhere / "report"


def test_run_judges_from_there(report: Path) -> None:
    lines = [json_util.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
    assert lines[-1]["complete"] is True
    assert lines[-1]["cases"] > 0


def test_report_and_explain_work_from_there(installed: Path, report: Path) -> None:
    program = installed / "bin" / "fleproof"
    assert run(program, "report", report).returncode == 0
    assert (report / "summary.md").exists()
    assert (report / "junit.xml").exists()
    passed = next(
        line
        for line in map(json_util.loads, (report / "results.jsonl").read_text().splitlines())
        if line["ev"] == "verdict" and line["verdict"] == "pass"
    )
    done = run(program, "explain", passed["case"], "--report", report, cwd=report.parent)
    assert done.returncode == 0, done.stderr
    assert passed["case"] in done.stdout.replace("//", "/")
    assert "not in the catalogue" not in done.stdout, "the rules in words are installed too"


def test_the_installed_wheel_is_a_subject(installed: Path) -> None:
    done = run(installed / "bin" / "fleproof", "doctor")
    assert done.returncode == 0, done.stderr
    assert str(installed / "lib/fleproof/python/pymongocrypt/libmongocrypt.so") in done.stdout.replace("//", "/")


def test_a_client_is_built_by_pkg_config(installed: Path) -> None:
    environment = {"PKG_CONFIG_PATH": str(installed / "lib/fleproof/pkgconfig")}
    found = run("pkg-config", "--cflags", "--libs", "fleproof-mongocrypt", "libbson-1.0", environment=environment)
    assert found.returncode == 0, found.stderr
    client = installed.parent / "client"
    built = run("gcc", "-o", client, ROOT / "examples" / "state_machine.c", *shlex.split(found.stdout))
    assert built.returncode == 0, built.stderr
    done = run(client, ROOT / "examples" / "replies" / "decrypt")
    assert done.returncode == 0, done.stderr
    assert json_util.loads(done.stdout.removeprefix("result "))["v"] == "hello"
    loaded = run("ldd", client).stdout
    assert str(installed / "lib" / "fleproof") in loaded


def test_no_library_is_where_the_loader_looks(installed: Path) -> None:
    assert not list((installed / "lib").glob("libmongocrypt*"))
