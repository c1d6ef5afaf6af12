"""Runs fuzz targets for FUZZ_MINUTES (15) of processor time each, one after another, and writes how coverage grew.

Each target goes on from what earlier runs found (build/fuzz/long/TARGET/), in pieces of a minute; a piece is a row of
build/fuzz/long/TARGET.tsv: processor seconds so far, runs, edges, features, inputs, runs a second. A finding ends that target: the input and
the words of the sanitizer stay in build/fuzz/long. With --table nothing is run: what was seen is printed as docs/fuzzing.md shows it.
Usage: nice build/venv/bin/python tools/fuzz_long.py [--table] [TARGET...]
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build/fuzz/long"
BUDGET_S = 60 * float(os.environ.get("FUZZ_MINUTES", "15"))
PIECE_S = int(os.environ.get("FUZZ_PIECE_S", "60"))
LAST = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*exec/s: (\d+)", re.M)


def make(*words: str) -> str:
    command = ["make", "--no-print-directory", "-s", "FLAVOUR=fuzz", "CC=clang", *words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def used_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rows_of(target: str) -> list[list[str]]:
    path = OUT / f"{target}.tsv"
    return [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []


def piece(target: str, seconds: int) -> tuple[list[str], float, bool]:
    """One run of the engine: its row without the time, the processor time it took, and whether it ended without a finding."""
    corpus = OUT / target
    corpus.mkdir(parents=True, exist_ok=True)
    command = [f"build/fuzz/targets/{target}", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-use_value_profile=1",
               f"-artifact_prefix={OUT}/{target}-", f"-dict=build/fuzz/dict/{target}.dict", str(corpus), f"fuzz/corpus/{target}"]
    before = used_s()
    with (OUT / f"{target}.log").open("w") as log:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
    last = LAST.search((OUT / f"{target}.log").read_text(errors="replace"))
    return list(last.groups()) if last else ["0"] * 5, used_s() - before, done.returncode == 0


def run(target: str) -> bool:
    rows = rows_of(target)
    spent, runs = (float(rows[-1][0]), int(rows[-1][1])) if rows else (0.0, 0)
    while spent < BUDGET_S:
        row, took, clean = piece(target, PIECE_S)
        if not clean:
            print(f"  {target}: finding after {spent:.0f} s of processor time; see {OUT / target}.log", flush=True)
            return False
        spent, runs = spent + took, runs + int(row[0])
        with (OUT / f"{target}.tsv").open("a") as table:
            table.write("\t".join([f"{spent:.0f}", str(runs), *row[1:]]) + "\n")
    rows = rows_of(target)
    print(f"  {target}: {rows[-1][0]} s, {rows[-1][1]} runs, {rows[-1][2]} edges, no finding", flush=True)
    return True


def edges_at(rows: list[list[str]], minutes: float) -> str:
    """Edges of the first piece that ended at that time or later; a dash if there is none yet."""
    return next((row[2] for row in rows if float(row[0]) >= 60 * minutes - PIECE_S / 2), "-")


def print_table(targets: list[str]) -> None:
    marks = (1, 3, 5, 10, 15)
    print("| target | processor minutes | runs | " + " | ".join(f"{mark} min" for mark in marks) + " | at the end |")
    print("|---" * (len(marks) + 4) + "|")
    for target in targets:
        rows = rows_of(target)
        if rows:
            cells = [f"`{target}`", f"{float(rows[-1][0]) / 60:.1f}", f"{int(rows[-1][1]):,}", *(edges_at(rows, mark) for mark in marks), rows[-1][2]]
            print("| " + " | ".join(cells) + " |")


def main(arguments: list[str]) -> int:
    names = [name for name in arguments if name != "--table"]
    known = [word.partition("=")[0] for word in make("print-fuzz-targets").split()]
    if "--table" in arguments:
        print_table(names or known)
        return 0
    make("fuzz-targets")
    OUT.mkdir(parents=True, exist_ok=True)
    return 0 if all([run(name) for name in names or known]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
