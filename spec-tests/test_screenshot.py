"""docs/page.png is what tools/screenshot.py takes: of the size that README shows, small enough for it, and made anew at any time."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from browser import find

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "screenshot.py"
SIZE = (1400, 860)


def size(file: Path) -> tuple[int, int]:
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(data) < 300_000
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_the_picture_is_there_and_readme_shows_it() -> None:
    assert size(ROOT / "docs" / "page.png") == SIZE
    assert "](docs/page.png)" in (ROOT / "README.md").read_text()


def test_the_script_takes_it_anew(tmp_path: Path, prefix: Path) -> None:
    if find() is None:
        pytest.skip("no Chromium here: run make setup-all")
    if prefix.resolve() != (ROOT / "build" / "release").resolve():
        pytest.skip("the script shows the release build only")
    done = subprocess.run([sys.executable, SCRIPT, tmp_path / "page.png"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert size(tmp_path / "page.png") == SIZE


def test_without_a_browser_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "page.png"],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "screenshot: no Chromium here: run make setup-all\n")
    assert not (tmp_path / "page.png").exists()
