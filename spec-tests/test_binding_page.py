"""docs/binding.md: its blocks are one program, and after each step it prints what the page says; so it does with the official
libraries, but for their texts and for what is younger than they. Every case and heading that the page names is there.
"""

from __future__ import annotations

import glob
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "binding.md").read_text()
STEPS = re.findall(r"^## \d+\. (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
OFFICIAL = ("debian", "wheel")


def fences(kind: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.S)


def lacks_kms() -> bool:
    return "remote_kms" in yaml.safe_load((ROOT / "runner" / "subjects" / "reference.yml").read_text())["lacks"]


def ran(where: Path, steps: int, prefix: Path, library: Path | None = None) -> list[str]:
    """What the first steps print, run by the command of the page, in a tree like that of the sources."""
    (where / "binding.py").write_text("\n\n".join(fences("python")[:steps]))
    (where / "build").mkdir()
    (where / "build" / "venv").symlink_to(ROOT / "build" / "venv")
    (where / "build" / "release").symlink_to(prefix)
    (where / "examples").symlink_to(ROOT / "examples")
    words = fences("sh")[0].split()
    if library:
        words[-1] = str(library)
    done = subprocess.run(words, cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def told(steps: int) -> list[str]:
    return "".join(fences("text")[:steps]).splitlines()


def is_kms(line: str) -> bool:
    return "amazonaws.com" in line


def test_every_step_but_the_last_has_a_block_its_output_and_its_cases() -> None:
    *steps, last = STEPS
    assert len(steps) == 10 and steps[0][0] == "The version, alone"
    for title, text in steps:
        assert (len(fences("python", text)), len(fences("text", text))) == (1, 1), title
        assert re.search(r"`fleproof run -k '", text), title
    assert not fences("", last[1])


def test_the_first_step_calls_one_function() -> None:
    assert re.findall(r'declare\("(\w+)"', fences("python")[0]) == ["version"]


@pytest.mark.parametrize("steps", range(1, 11))
def test_after_each_step_the_output_is_that_of_the_page(steps: int, tmp_path: Path, prefix: Path) -> None:
    seen, expected = ran(tmp_path, steps, prefix), told(steps)
    if lacks_kms() and steps >= 9:
        (at,) = (i for i, line in enumerate(expected) if is_kms(line))
        assert seen[at].endswith("[UNSUPPORTED feature=remote_kms]")
        del seen[at], expected[at]
    assert seen == expected


def test_the_page_knows_what_the_reference_lacks() -> None:
    assert ("The reference does not speak with services yet" in PAGE) == lacks_kms()


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_libraries_do_the_same(name: str, tmp_path: Path, prefix: Path) -> None:
    subject = yaml.safe_load((ROOT / "runner" / "subjects" / f"{name}.yml").read_text())
    places = [place.replace("${lib}", str(prefix / "lib" / "fleproof")) for place in subject["find"]]
    library = next((Path(found) for place in places for found in glob.glob(place)), None)
    if library is None:
        pytest.skip(f"{name} is not here: {subject['absent']}")
    release = tuple(int(number) for number in subject["version"].split("."))
    seen = ran(tmp_path, 10, prefix, library)
    assert seen[0] == f"version {subject['version']}"
    expected = told(10)
    if release < (1, 13):  # no enable_multiple_collinfo
        expected = [line for line in expected if " fed: " not in line]
    if release < (1, 12):  # no kms_ctx_fail: the connection of the page does not break
        expected = [re.sub(r"\['(\S+)', '\1'\]", r"['\1']", line) for line in expected]
    refusals = [line.partition(" [")[0] for line in expected if line.startswith("refused: ")]
    assert all(text.startswith(line.partition(".")[0]) for line, text in zip(said(seen), refusals, strict=True))
    assert plain(seen) == plain(expected)


def said(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("refused: ")]


def plain(lines: list[str]) -> list[str]:
    return [line for line in lines[1:] if not line.startswith("refused: ")]


def patterns() -> list[str]:
    commands = re.findall(r"`(?:fleproof run )?-k '[^`]+`", PAGE)
    return sorted({*re.findall(r"-k '([^']+)'", " ".join(commands)), *re.findall(r"`([a-z]+(?:/[a-z-]+)*/\*)`", PAGE)})


@pytest.mark.parametrize("pattern", patterns())
def test_the_cases_of_a_step_are_there_and_pass(pattern: str, program: Path, tmp_path: Path) -> None:
    """With every library that is found here, as the page says; what the reference lacks passes with another."""
    done = subprocess.run(
        [program, "run", "-k", pattern, "--report", tmp_path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"verdict":"pass"' in (tmp_path / "results.jsonl").read_text()


def test_pages_and_headings_that_it_names_are_there() -> None:
    links = re.findall(r"\]\((\w+\.md)(?:#([\w-]+))?\)", PAGE)
    assert links
    for page, heading in links:
        text = (ROOT / "docs" / page).read_text()
        headings = {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)}
        assert not heading or heading in headings, (page, heading)
