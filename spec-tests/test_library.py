"""The built reference as a file: it exports the functions of its header and nothing else, its name and version are those that
bindings look for, and it hardens itself.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
N_FUNCTIONS = 80
VERSION = "1.20.1+fleproof.0.1.0"


@pytest.fixture(scope="module")
def library(prefix: Path) -> Path:
    return prefix / "lib" / "fleproof" / "libmongocrypt.so.0"


def declared() -> set[str]:
    """Functions of the public header: names before an argument list, after the export mark."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", (ROOT / "ref/mongocrypt/include/mongocrypt/mongocrypt.h").read_text(), flags=re.S)
    return set(re.findall(r"MONGOCRYPT_EXPORT[^;(]*?\b(mongocrypt_\w+)\s*\(", text))


def mapped() -> set[str]:
    """Names of the version script."""
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", (ROOT / "ref/mongocrypt/libmongocrypt.map").read_text(), flags=re.S)
    return set(re.findall(r"\b(mongocrypt_\w+)\s*;", text))


def output(*words: str | Path) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_header_and_version_script_name_the_same_functions() -> None:
    assert declared() == mapped()
    assert len(declared()) == N_FUNCTIONS


def test_the_library_exports_these_and_nothing_else(library: Path) -> None:
    lines = [line.split() for line in output("nm", "-D", "--defined-only", library).splitlines()]
    exported = {words[-1].split("@")[0] for words in lines if words[-2] != "A"}
    assert exported == declared()
    assert {words[-2] for words in lines} <= {"T", "A"}, "functions only, no data"


def test_it_calls_time_memory_and_randomness_by_name(library: Path) -> None:
    """The host puts its own in their place: they must be dynamic symbols, not calls inside."""
    wanted = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--undefined-only", library).splitlines()}
    assert {"clock_gettime", "malloc", "free", "RAND_bytes"} <= wanted


def test_name_and_hardening(library: Path) -> None:
    dynamic = output("readelf", "-dlW", library)
    assert "Library soname: [libmongocrypt.so.0]" in dynamic
    assert "BIND_NOW" in dynamic or re.search(r"FLAGS_1\).*NOW", dynamic)
    assert "GNU_RELRO" in dynamic
    assert not re.search(r"NEEDED.*(bson|mongo)", dynamic), "libbson is inside, never shared with a caller"
    assert not re.search(r"GNU_STACK.*RWE", dynamic)


def test_the_version_is_one_that_bindings_can_parse(library: Path) -> None:
    """In a process of its own: the binding loads one library for good."""
    loaded = ctypes.CDLL(str(library))
    loaded.mongocrypt_version.restype = ctypes.c_char_p
    length = ctypes.c_uint32()
    assert loaded.mongocrypt_version(ctypes.byref(length)) == VERSION.encode()
    assert length.value == len(VERSION)
    program = (
        "import pymongocrypt; from packaging.version import Version; from pymongocrypt.binding import _parse_version; "
        "v = pymongocrypt.libmongocrypt_version(); print(v); print(_parse_version(v) >= Version('1.20.1'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYMONGOCRYPT_LIB": str(library), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [VERSION, "True"], done.stderr
