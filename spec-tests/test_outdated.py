"""`make outdated` without an index: a wheel that is given takes the place of the newest, is judged beside the pinned one, and
whatever comes of it, a report is all that it is.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "pymongocrypt/libmongocrypt.so"
PINNED = next((ROOT / "build" / "wheels").glob("pymongocrypt-*.whl"))
VERSION = PINNED.name.split("-")[1]


def outdated(**environment: str) -> list[str]:
    inherited = {key: value for key, value in os.environ.items() if key != "WHEEL"}
    done = subprocess.run(
        [ROOT / "tools" / "outdated.sh"],
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def wheel(where: Path, version: str, files: dict[str, bytes]) -> str:
    path = where / f"pymongocrypt-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return str(path)


def test_the_pinned_wheel_differs_from_itself_in_nothing() -> None:
    said = outdated(WHEEL=str(PINNED))
    assert said[:3] == [f"pymongocrypt {VERSION} beside the pinned {VERSION}:", "wheel: nothing changed", "nothing got worse"]


def test_what_another_release_does_differently_is_listed(tmp_path: Path) -> None:
    """Debian's library is another release: it stands in a wheel here as the newest would."""
    found = subprocess.run(["pkg-config", "--variable=libdir", "libmongocrypt"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("Debian's libmongocrypt-dev is not installed: run make setup")
    library = Path(shlex.split(found.stdout)[0]) / "libmongocrypt.so"
    said = outdated(WHEEL=wheel(tmp_path, "1.7.2", {LIBRARY: library.read_bytes()}))
    assert said[0] == f"pymongocrypt 1.7.2 beside the pinned {VERSION}:"
    assert "new failures" in said[1]
    assert any(line.endswith(": pass -> unsupported") for line in said), "cases for newer releases are not judged any more"
    assert "worse" in said


def test_what_is_no_wheel_is_told(tmp_path: Path) -> None:
    assert outdated(WHEEL=str(tmp_path / "a-1-b.whl"))[-1].endswith("is no wheel")
    assert outdated(WHEEL=wheel(tmp_path, "9.9.9", {"other": b""}))[-1].endswith(f"holds no {LIBRARY}")


def test_a_library_that_does_not_load_is_told(tmp_path: Path) -> None:
    said = outdated(WHEEL=wheel(tmp_path, "9.9.9", {LIBRARY: b"no library"}))
    assert said[1] == "outdated: the run of wheel=build/wheels/newest/unpacked/pymongocrypt/libmongocrypt.so,like=wheel ended with 3:"


def test_without_a_network_nothing_is_claimed() -> None:
    said = outdated(PIP_INDEX_URL="http://127.0.0.1:9", PIP_RETRIES="0", PIP_NO_INDEX="")
    assert len(said) == 1
    assert said[0].startswith("outdated: the package index does not answer, nothing was compared")


def test_where_the_pinned_one_is_the_newest_it_is_said() -> None:
    """A folder of wheels takes the place of the index."""
    said = outdated(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(ROOT / "build" / "wheels"))
    assert said == ["outdated: all pinned packages are the newest", f"outdated: the pinned pymongocrypt {VERSION} is the newest"]
