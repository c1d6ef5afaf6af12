"""Builds each seeded bug of spec-tests/meta/mutants.toml and sees whether what it names kills it.

A bug is a text replaced in one C file. That file is compiled by the command of the build and linked with the other objects of its part.
`killed_by` is a case id, `unit:PROGRAM` (a unit test of ref/ or runner/), `tsan:PROGRAM` (the same under ThreadSanitizer) or `fuzz:TARGET`
(within FUZZ_SECONDS). A bug that does not apply, does not build or survives is a failure; so is a case that fails without the bug.
Usage: mutants.py [NAME...]
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build/mutants"
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
UNIT_TIMEOUT_S = 300
# Flavour of the build by the kind of killer, and the compiler of that flavour.
COMPILERS = {"release": "gcc", "tsan": "gcc", "fuzz": "clang"}
LINK = {"release": [], "tsan": ["-fsanitize=thread"], "fuzz": ["-fsanitize=fuzzer,address,undefined"]}


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    find: str
    replace: str
    killed_by: str
    why: str


class Trouble(Exception):
    """The bug could not be judged: an error of the list or of the build."""


def load(path: Path) -> list[Mutant]:
    rows = tomllib.loads(path.read_text())["mutant"]
    mutants = [Mutant(**row) for row in rows]
    if len({m.name for m in mutants}) != len(mutants):
        raise Trouble("two bugs have one name")
    return mutants


def without_any(mutants: list[Mutant]) -> list[str]:
    """Sources of the library that no bug was seeded in."""
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ref/mongocrypt").rglob("*.c") if "test" not in path.parts}
    return sorted(sources - {mutant.file for mutant in mutants})


def call(command: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False, **more)  # type: ignore[call-overload]


def make(flavour: str, *words: str) -> list[str]:
    done = call(["make", "--no-print-directory", "-s", f"FLAVOUR={flavour}", f"CC={COMPILERS[flavour]}", *words])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return done.stdout.split()


def mutate(mutant: Mutant, folder: Path) -> Path:
    source = (ROOT / mutant.file).read_text()
    if source.count(mutant.find) != 1:
        raise Trouble(f"{mutant.file} holds the text to replace {source.count(mutant.find)} times, not once: {mutant.find!r}")
    folder.mkdir(parents=True, exist_ok=True)
    changed = folder / Path(mutant.file).name
    changed.write_text(source.replace(mutant.find, mutant.replace))
    return changed


def compile_one(source: Path, flavour: str) -> Path:
    command = (ROOT / f"build/{flavour}/obj/.command").read_text().strip()
    target = source.with_suffix(".o")
    # Unused code is what a removed check leaves behind.
    done = call(["sh", "-c", f"{command} -Wno-error -w -c -o {target} {source}"])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return target


def link(mutant: Mutant, source: Path, flavour: str, part: str, target: Path, *more: str) -> Path:
    """Links the objects of a part, one of them changed, and what the caller adds."""
    mine = f"build/{flavour}/obj/{Path(mutant.file).with_suffix('.o')}"
    objects = make(flavour, "print-objects", f"PART={part}")
    make(flavour, *objects)
    if mine not in objects:
        raise Trouble(f"{mine} is no object of {part}")
    changed = compile_one(source, flavour)
    done = call([COMPILERS[flavour], "-pthread", "-fno-lto", "-o", str(target), *LINK[flavour], *[str(changed) if o == mine else o for o in objects],
                 *more, *make(flavour, "print-libs", f"PART={part}")])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return target


def verdict_of(case: str, library: str, report: Path) -> str:
    area = case.partition("/")[0]
    call(["build/release/bin/fleproof", "run", f"spec-tests/{area}", "-k", case, "--sut", f"reference={library}", "--hazards",
          "--timeout", "3000", "--report", str(report)])
    results = report / "results.jsonl"
    lines = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    found = [line["verdict"] for line in lines if line.get("ev") == "verdict" and line["case"] == case]
    if len(found) != 1:
        raise Trouble(f"{len(found)} verdicts for the case {case}")
    return found[0]


@functools.cache
def clean_verdict_of(case: str) -> str:
    return verdict_of(case, "build/release/lib/fleproof/libmongocrypt.so.0", OUT / "clean")


def killed_by_case(mutant: Mutant, source: Path) -> bool:
    case = mutant.killed_by
    clean = clean_verdict_of(case)
    if clean != "pass":
        raise Trouble(f"{case} gives {clean} without the bug")
    library = link(mutant, source, "release", "ref", source.parent / "libmongocrypt.so.0", "-shared", "-Wl,-soname,libmongocrypt.so.0",
                   "-Wl,--version-script=ref/mongocrypt/libmongocrypt.map", "-Wl,--exclude-libs,ALL")
    return verdict_of(case, str(library), source.parent / "report") == "fail"


def killed_by_program(mutant: Mutant, source: Path, flavour: str, program: str) -> bool:
    """A unit test, or under ThreadSanitizer the stress program, with the changed object."""
    beside = sorted((ROOT / program).parent.glob("support_*.c"))
    tests = [f"build/{flavour}/obj/{path}.o" for path in (program, *(p.relative_to(ROOT).with_suffix("") for p in beside))]
    make(flavour, *tests)
    part = "ref" if program.startswith("ref/") else "host" if program.startswith(("runner/host", "mocks/")) else "runner"
    target = link(mutant, source, flavour, part, source.parent / "program", *tests, "-lcmocka")
    return call([str(target)], timeout=UNIT_TIMEOUT_S).returncode != 0


def killed_by_fuzz(mutant: Mutant, source: Path, target: str) -> bool:
    parts = dict(word.split("=") for word in make("fuzz", "print-fuzz-targets"))
    mine = [f"build/fuzz/obj/fuzz/{target}.o", "build/fuzz/obj/libfuzz.a"]
    make("fuzz", *mine)
    call([sys.executable, "fuzz/dictionaries.py", "--check"])
    folder = source.parent
    program = link(mutant, source, "fuzz", parts[target], folder / "fuzz", *mine)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    done = call([str(program), f"-max_total_time={FUZZ_SECONDS}", "-seed=1", f"-dict=build/fuzz/dict/{target}.dict", f"-artifact_prefix={folder}/",
                 str(corpus), f"fuzz/corpus/{target}"])
    return done.returncode != 0


def judge(mutant: Mutant) -> bool:
    source = mutate(mutant, OUT / mutant.name)
    kind, _, name = mutant.killed_by.partition(":")
    if kind == "fuzz":
        return killed_by_fuzz(mutant, source, name)
    if kind == "unit":
        return killed_by_program(mutant, source, "release", name)
    if kind == "tsan":
        return killed_by_program(mutant, source, "tsan", name)
    return killed_by_case(mutant, source)


def main(names: list[str]) -> int:
    mutants = [m for m in load(ROOT / "spec-tests/meta/mutants.toml") if not names or m.name in names]
    unknown = sorted(set(names) - {m.name for m in mutants})
    if unknown:
        print(f"mutants: spec-tests/meta/mutants.toml has no bug of this name: {', '.join(unknown)}")
        return 2
    survived = 0
    for mutant in mutants:
        try:
            killed, said = judge(mutant), ""
        except (Trouble, subprocess.TimeoutExpired) as trouble:
            killed, said = False, f": {trouble}"
        survived += not killed
        print(f"  {'killed  ' if killed else 'SURVIVED'}  {mutant.name}  by {mutant.killed_by}{said}", flush=True)
    bare = [] if names else without_any(mutants)
    for file in bare:
        print(f"  {file}: no bug is seeded in it")
    print(f"{len(mutants) - survived} of {len(mutants)} seeded bugs killed")
    return 1 if survived or bare or not mutants else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
