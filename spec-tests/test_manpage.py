"""docs/fleproof.1 is what the program says of itself: made anew it is the same, every option of every verb stands in it as a
reader sees it, and roff has nothing to complain of.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "fleproof.1"
sys.path.insert(0, str(ROOT / "tools"))

import manpage  # noqa: E402


@pytest.fixture
def release(prefix: Path) -> None:
    if prefix.resolve() != (ROOT / "build" / "release").resolve():
        pytest.skip("the page is that of the release build")


@pytest.fixture(scope="module")
def rendered() -> str:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed: run make setup")
    done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-rLL=200n", "-P-cbou", PAGE], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub("[\u2010\u2212]", "-", done.stdout)


def verbs() -> list[str]:
    return [name for name, _ in manpage.read(manpage.ask("--help")).rows]


@pytest.mark.usefixtures("release")
def test_made_anew_it_is_the_same() -> None:
    assert manpage.page() == PAGE.read_text(), "run make man"


def test_every_option_of_every_help_is_in_its_section(rendered: str) -> None:
    found = re.split(r"^   (\S.*)$", rendered.split("\nVERDICTS\n")[0].split("\nOPTIONS\n")[1], flags=re.M)
    sections = dict(zip(found[1::2], found[2::2], strict=True))
    for verb in verbs():
        told = manpage.ask(verb, "--help")
        options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told.partition("\n")[2]))
        assert options <= set(re.findall(r"--?[a-z][a-z-]*", sections[verb])), verb
        words = re.findall(r"[\w./-]+", told.partition("\n")[2])
        assert set(words) <= set(re.findall(r"[\w./-]+", sections[verb])) | {"options", "positional", "arguments"}, verb
    assert "--fail-alloc" in sections["run"] and "--markdown" in sections["compare"]


def test_verbs_and_exit_codes_are_those_of_the_program(rendered: str) -> None:
    for verb in verbs():
        assert re.search(rf"^       {verb}\b", rendered, re.M), verb
    codes = rendered.split("\nEXIT STATUS\n")[1].split("\nFILES\n")[0]
    assert re.findall(r"^       (\d)\b", codes, re.M) == ["0", "1", "2", "3"]


def test_verdicts_are_those_of_the_schema(rendered: str) -> None:
    schema = (ROOT / "schemas" / "results.schema.json").read_text()
    for word, _ in manpage.VERDICTS:
        assert f'"{word}"' in schema
        assert re.search(rf"^       {word}\b", rendered, re.M)


def test_what_the_examples_name_is_there(program: Path) -> None:
    ids = subprocess.run([program, "list"], capture_output=True, text=True, check=True).stdout.splitlines()
    named = [word for command, _ in manpage.EXAMPLES for word in re.findall(r"explain (\S+)", command)]
    assert named and set(named) <= set(ids)
    assert {command.split()[1] for command, _ in manpage.EXAMPLES} <= set(verbs())


def test_help_texts_of_both_forms_are_read() -> None:
    told = manpage.read(
        "usage: fleproof x [A]      (more)\nDoes it.\n\n  --sut NAME           a library\n  --sut NAME=FILE[,li] another\n"
        "                       that goes on\n  --long-option-without-anything-beside\n\noptions:\n  a\n  a                    told twice\n"
    )
    assert (told.usage, told.prose) == ("fleproof x [A]", ["Does it."])
    assert told.rows == [
        ("--sut NAME", "a library"),
        ("--sut NAME=FILE[,li]", "another that goes on"),
        ("--long-option-without-anything-beside", ""),
        ("a", "told twice"),
    ]


def test_text_is_never_a_request_of_roff() -> None:
    assert manpage.plain(".TH x") == "\\&.TH x"
    assert manpage.plain("'a' - \\b `c` ~") == "\\(aqa\\(aq \\- \\eb \\(gac\\(ga \\(ti"
