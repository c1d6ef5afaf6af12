"""Writes docs/fleproof.1 from what the program says of itself: `fleproof --help`, and `--help` of each verb that it lists.

The words around the tables stand here. Options stand in the program only, so that the page cannot know others.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "bin" / "fleproof"
PAGE = ROOT / "docs" / "fleproof.1"

DESCRIPTION = """\
judges libraries with the C ABI of libmongocrypt, the library of client-side field level encryption of MongoDB, by cases: \
conversations with the answers and the faults that the other side can give. Each case has a verdict for each library; \
a report folder holds the bytes that prove it, and the exit status is made for a gate."""

VERDICTS = (
    ("pass", "as the case says"),
    ("fail", "otherwise, or the library crashed, hung or gave garbage"),
    ("unsupported", "the library lacks what the case needs; the reason is told"),
    ("xfail", "it fails as the list of expected failures says"),
    ("xpass", "it is expected to fail and passes; this breaks the run"),
    ("error", "the harness, not the library"),
)

FILES = (
    ("build/report, fleproof-report", "the report folder, if --report names no other"),
    ("PREFIX/share/fleproof/spec-tests", "the cases and the catalogue of rules"),
    ("PREFIX/share/fleproof/subjects", "a file for each known subject: where it is, what it lacks, its expected failures"),
    ("PREFIX/lib/fleproof/libmongocrypt.so.0", "the reference library; never in a path of the system"),
)

EXAMPLES = (
    ("fleproof run", "Every known library that is found here, every case."),
    ("fleproof run --sut mine=./libmongocrypt.so -k 'explicit/*'", "One library of your own, one area."),
    ("fleproof explain explicit/result/by-id-asks-for-the-id --sut mine", "What was said and what was expected."),
    ("fleproof compare old-report new-report", "What got worse since the last run."),
)


@dataclass
class Help:
    """A help text in parts: how it is called, what it says, and rows of term and text."""

    usage: str = ""
    prose: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)


def ask(*words: str) -> str:
    # As wide as it gets: no line is broken but by the program itself.
    environment = os.environ | {"COLUMNS": "400", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [PROGRAM, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    ).stdout


def read(text: str) -> Help:
    """Rows are indented; the column of their texts is where most of them begin after two blanks."""
    found = Help()
    begins = [match.end() - 1 for line in text.splitlines() if (match := re.match(r"  +\S.*?  +\S", line))]
    column = max(set(begins), key=begins.count, default=0)
    for line in text.splitlines():
        if line.startswith("usage: "):
            found.usage = re.split(r"  +", line.removeprefix("usage: "))[0]
        elif not line.strip() or re.fullmatch(r"[a-z ]+:", line):
            continue
        elif not line.startswith("  "):
            found.prose.append(line)
        elif line[:column].strip() and line[column - 1 : column] == " ":
            found.rows.append((line[:column].strip(), line[column:].strip()))
        elif line[:column].strip():
            found.rows.append((line.strip(), ""))
        else:
            term, said = found.rows.pop()
            found.rows.append((term, f"{said} {line.strip()}".strip()))
    told = {term for term, said in found.rows if said}
    found.rows = [(term, said) for term, said in found.rows if said or term not in told]
    return found


def plain(text: str) -> str:
    """A line that roff takes as text, with every hyphen as the one that is typed."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("~", "\\(ti")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def rows(entries: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    return [line for term, said in entries for line in (".TP", f".B {plain(term)}", plain(said) or "\\&")]


def section(title: str, *lines: str) -> list[str]:
    return [f".SH {title}", *lines]


def verb(*words: str) -> list[str]:
    told = read(ask(*words, "--help"))
    lines = [f".SS {' '.join(words)}", f".B {plain(told.usage)}"]
    lines += [".PP", plain(" ".join(told.prose))] if told.prose else []
    return lines + rows(told.rows)


def page() -> str:
    told = read(ask("--help"))
    *prose, codes = told.prose
    assert codes.startswith("exit codes: ") and not prose, "the last line of `fleproof --help` tells the exit codes"
    version = ask("--version").split()[1]
    lines = ['.\\" Written by tools/manpage.py (make man) from the help of the program. Do not edit.']
    lines += [f'.TH FLEPROOF 1 "" "fleproof {version}" "User Commands"']
    lines += section("NAME", "fleproof \\- judge an implementation of client\\-side field level encryption")
    lines += section("SYNOPSIS", f".B {plain(told.usage)}", ".br", ".B fleproof \\-\\-help | \\-\\-version")
    lines += section("DESCRIPTION", ".B fleproof", plain(DESCRIPTION))
    lines += section("VERBS", *rows(told.rows))
    lines += section("OPTIONS", "Of each verb, as it tells by itself.")
    for name, _ in told.rows:
        lines += verb(name)
        lines += verb(name, "export") if name == "vectors" else []
    lines += section("VERDICTS", *rows(VERDICTS))
    entries = [(code, said) for code, said in re.findall(r"(\d) ([^,]+)", codes)]
    lines += section("EXIT STATUS", *rows(entries))
    lines += section("FILES", *rows(FILES))
    lines += section("EXAMPLES", *rows(EXAMPLES))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(page(), encoding="utf-8")
