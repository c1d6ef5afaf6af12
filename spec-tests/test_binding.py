"""The official Python binding works on the reference as it does on its own library: data key, encryption, decryption."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENT = Path(__file__).resolve().parent / "binding_client.py"


def run(library: Path | None) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if key != "PYMONGOCRYPT_LIB"}
    if library:
        environment["PYMONGOCRYPT_LIB"] = str(library)
    done = subprocess.run(
        [sys.executable, CLIENT],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def on_reference(prefix: Path) -> dict[str, Any]:
    return run(prefix / "lib" / "fleproof" / "libmongocrypt.so.0")


def test_it_is_the_reference_that_runs(on_reference: dict[str, Any]) -> None:
    assert "+fleproof." in on_reference["version"]


def test_values_open_again(on_reference: dict[str, Any]) -> None:
    assert on_reference["round_trips"] == {
        "Deterministic": {"opens": True, "same_twice": True, "subtype": 6},
        "Random": {"opens": True, "same_twice": False, "subtype": 6},
    }


def test_a_key_that_is_not_there_is_an_error(on_reference: dict[str, Any]) -> None:
    assert "[KEY_NOT_FOUND" in on_reference["absent_key"]


def test_the_binding_sees_what_it_sees_on_its_own_library(on_reference: dict[str, Any]) -> None:
    official = run(None)
    assert "fleproof" not in official["version"]
    for part in ("key", "round_trips"):
        assert on_reference[part] == official[part]
