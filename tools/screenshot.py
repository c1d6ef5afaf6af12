"""Makes docs/page.png: the page of a run over the reference and over a library with a known defect, with one case open.

The library is one of spec-tests/meta/subjects: it gives back what should have been encrypted. `make screenshot` calls this
after a build; it needs Chromium (make setup-all), and leaves with 1 and a line where there is none.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "spec-tests"))

from browser import Browser, find  # noqa: E402
from test_meta_subjects import HERE, compiled  # noqa: E402

PREFIX = ROOT / "build" / "release"
CASE = "collinfo/upgrade/every-result-is-fed"
DEFECT = "plaintext_in_result"
WIDTH, HEIGHT = 1400, 860


def report(where: Path) -> Path:
    """The page of a whole run, where the subject `mine` fails what its defect breaks."""
    library = compiled(HERE / f"{DEFECT}.c", where, ROOT, PREFIX)
    program = PREFIX / "bin" / "fleproof"
    done = subprocess.run(
        [program, "run", "--quiet", "--sut", "reference", "--sut", f"mine={library},like=reference", "--report", where / "report"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 1:
        raise SystemExit(f"screenshot: the run left with {done.returncode}, not with 1 as a library with a defect must")
    subprocess.run([program, "report", where / "report"], stdin=subprocess.DEVNULL, check=True)
    return where / "report" / "index.html"


def take(file: Path) -> None:
    program = find()
    if program is None:
        raise SystemExit("screenshot: no Chromium here: run make setup-all")
    with tempfile.TemporaryDirectory(prefix="fleproof-") as folder, Browser(program) as browser:
        page = report(Path(folder))
        browser.size(WIDTH, HEIGHT)
        browser.open(page, f"#{CASE}")
        browser.wait("document.querySelector('.case .bytes.pair')")
        browser.picture(file)
        if browser.complaints:
            raise SystemExit(f"screenshot: {browser.complaints}")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "page.png")
