"""Builds each seeded bug of spec-tests/meta/mutants.toml and sees whether what it names kills it.

A bug is a text replaced in one C file of the reference. That file is compiled by the command of the release build and linked with the other
objects. `killed_by` is a case id, `unit:PROGRAM` (a unit test below ref/) or `fuzz:TARGET` (within FUZZ_SECONDS). A bug that does not
apply, does not build or survives is a failure; so is a case that fails without the bug.
Usage: mutants.py [NAME...]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build/mutants"
OBJECTS = ROOT / "build/release/obj"
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))


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


def call(command: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)  # type: ignore[call-overload]


def make_text(*words: str) -> list[str]:
    done = call(["make", "--no-print-directory", "-s", *words])
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


def compile_one(source: Path, folder: Path) -> Path:
    command = (OBJECTS / ".command").read_text().split("#")[0].strip()
    target = folder / "changed.o"
    # Unused code is what a removed check leaves behind.
    done = call(["sh", "-c", f"{command} -Wno-error -w -c -o {target} {source}"])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return target


def objects_with(mutant: Mutant, changed: Path) -> list[str]:
    mine = str(Path("build/release/obj") / Path(mutant.file).with_suffix(".o"))
    objects = make_text("print-ref-objects")
    if mine not in objects:
        raise Trouble(f"{mine} is no object of the library")
    return [str(changed) if o == mine else o for o in objects]


def link(mutant: Mutant, changed: Path, folder: Path) -> Path:
    library = folder / "libmongocrypt.so.0"
    done = call(["gcc", "-shared", "-pthread", "-o", str(library), "-Wl,-soname,libmongocrypt.so.0",
                 "-Wl,--version-script=ref/mongocrypt/libmongocrypt.map", "-Wl,--exclude-libs,ALL", *objects_with(mutant, changed),
                 *make_text("print-ref-libs")])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return library


def verdict_of(case: str, library: str, report: Path) -> str:
    call(["build/release/bin/fleproof", "run", "-k", case, "--sut", f"reference={library}", "--timeout", "3000", "--report", str(report)])
    results = report / "results.jsonl"
    lines = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    found = [line["verdict"] for line in lines if line.get("ev") == "verdict" and line["case"] == case]
    if len(found) != 1:
        raise Trouble(f"{len(found)} verdicts for the case {case}")
    return found[0]


def killed_by_case(mutant: Mutant, changed: Path, folder: Path) -> bool:
    case = mutant.killed_by
    clean = verdict_of(case, "build/release/lib/fleproof/libmongocrypt.so.0", folder / "clean")
    if clean != "pass":
        raise Trouble(f"{case} gives {clean} without the bug")
    return verdict_of(case, str(link(mutant, changed, folder)), folder / "report") == "fail"


def killed_by_unit(mutant: Mutant, changed: Path, folder: Path) -> bool:
    program = mutant.killed_by.removeprefix("unit:")
    test_object = f"build/release/obj/{program}.o"
    make_text(test_object)
    target = folder / "unit"
    done = call(["gcc", "-pthread", "-o", str(target), test_object, *objects_with(mutant, changed), *make_text("print-ref-libs"), "-lcmocka"])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    return call([str(target)], timeout=120).returncode != 0


def killed_by_fuzz(mutant: Mutant, source: Path, folder: Path) -> bool:
    target = mutant.killed_by.removeprefix("fuzz:")
    done = call(["tools/fuzz_build.sh", target, str(folder / "fuzz"), mutant.file, str(source)])
    if done.returncode != 0:
        raise Trouble(done.stdout)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    seeds = ROOT / "fuzz/corpus" / target
    command = [str(folder / "fuzz"), f"-max_total_time={FUZZ_SECONDS}", "-seed=1", f"-artifact_prefix={folder}/", str(corpus)]
    return call(command + ([str(seeds)] if seeds.is_dir() else [])).returncode != 0


def judge(mutant: Mutant) -> bool:
    folder = OUT / mutant.name
    source = mutate(mutant, folder)
    if mutant.killed_by.startswith("fuzz:"):
        return killed_by_fuzz(mutant, source, folder)
    changed = compile_one(source, folder)
    if mutant.killed_by.startswith("unit:"):
        return killed_by_unit(mutant, changed, folder)
    return killed_by_case(mutant, changed, folder)


def main(names: list[str]) -> int:
    mutants = [m for m in load(ROOT / "spec-tests/meta/mutants.toml") if not names or m.name in names]
    survived = 0
    for mutant in mutants:
        try:
            killed, said = judge(mutant), ""
        except (Trouble, subprocess.TimeoutExpired) as trouble:
            killed, said = False, f": {trouble}"
        survived += not killed
        print(f"  {'killed  ' if killed else 'SURVIVED'}  {mutant.name}  by {mutant.killed_by}{said}", flush=True)
    print(f"{len(mutants) - survived} of {len(mutants)} seeded bugs killed")
    return 1 if survived or not mutants else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
