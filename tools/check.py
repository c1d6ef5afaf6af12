"""`make check`: runs every stage of tests, one after the other, whatever came before, and adds up what they counted.

A stage is a function that returns its counts; an exception of it is a failure with its text. Nothing here knows what is
tested: the stages call the Makefile, the program and pytest. `check.py STAGE...` runs only these, for people.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import counts
import error_classes
import run_units
import unsupported
from counts import Counts

PROGRAM = Path("build/release/bin/fleproof")
REPORT = Path("build/report")
JOBS = str(os.cpu_count() or 1)
FEWEST_POINTS = 10_000  # allocations of all cases on the reference; there are several times as many


def call(*command: str | Path) -> int:
    sys.stdout.flush()
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, check=False).returncode


def make(*words: str) -> int:
    return call("make", "--no-print-directory", "-s", "-k", f"-j{JOBS}", *words)


def unit() -> Counts:
    """Every unit test program. One that cannot be built is a failure; the others still run."""
    built = make("build", "unit-tests")
    listed = subprocess.run(["make", "--no-print-directory", "-s", "print-tests"], capture_output=True, text=True, check=True)
    total = run_units.run_all(listed.stdout.split())
    return total + Counts(failed=1) if built and not total.failed else total


def scenarios() -> Counts:
    """Files and catalogue by themselves, all cases on all subjects found here, then the pages made from the results."""
    validated = Counts(passed=1) if call(PROGRAM, "validate") == 0 else Counts(failed=1)
    shutil.rmtree(REPORT, ignore_errors=True)
    exit_code = call(PROGRAM, "run", "--report", REPORT)
    if exit_code in (0, 1):
        exit_code = max(exit_code, call(PROGRAM, "report", REPORT))
    total = of_results(REPORT / "results.jsonl")
    for complaint in unsupported.complaints(REPORT / "results.jsonl"):
        print(f"  {complaint}")
        total += Counts(failed=1)
    lines, complaints = error_classes.check(REPORT)
    print("\n".join(f"  {line}" for line in [*lines, *complaints]))
    total += Counts(failed=len(complaints))
    if exit_code and not total.failed:
        print(f"  fleproof left with exit code {exit_code}, though no verdict is bad: see above")
        total += Counts(failed=1)
    return total + hazards() + validated


def states() -> Counts:
    """Every state meets every driving call in some case; the page of the documentation is the table that the library obeys."""
    total = Counts()
    for words in ([], ["--check-docs"]):
        total += Counts(failed=1) if call(sys.executable, "tools/states.py", *words) else Counts(passed=1)
    return total


def hazards() -> Counts:
    """What may crash a released library must be a clean error in the reference: the cases that only run with --hazards."""
    report = counts.FOLDER / "hazards"
    exit_code = call(PROGRAM, "run", "--sut", "reference", "--hazards", "--quiet", "--report", report)
    cases = (json.loads(line) for line in (report / "cases.jsonl").read_text().splitlines())
    total = of_results(report / "results.jsonl", {case["id"] for case in cases if "hazards" in case["needs"]})
    print(f"  hazards on the reference: {total}")
    return total + Counts(failed=1) if exit_code and not total.failed else total


def memory() -> Counts:
    """Every allocation of every case fails once on the reference; of all libraries a few of each case are recorded."""
    every, some = counts.FOLDER / "memory", counts.FOLDER / "memory-others"
    how = ("--jobs", JOBS, "--quiet", "--report")
    exit_code = call(PROGRAM, "run", "--sut", "reference", "--fail-alloc", "every", "--hazards", *how, every)
    total = of_results(every / "results.jsonl")
    if told_points(every / "results.jsonl").get("reference", 0) < FEWEST_POINTS:
        print(f"  fewer than {FEWEST_POINTS} allocations failed: the sweep does not reach what it should")
        total += Counts(failed=1)
    call(PROGRAM, "run", "--fail-alloc", "4", *how, some)  # a record: what others do when memory is short is theirs
    told_points(some / "results.jsonl")
    return total + Counts(failed=1) if exit_code and not total.failed else total


def told_points(results: Path) -> dict[str, int]:
    """Prints what came of the failed allocations of each subject; how many there were."""
    all_points: dict[str, dict[str, int]] = {}
    for line in results.read_text().splitlines():
        event = json.loads(line)
        told = event.get("fail_alloc", {})
        for name, number in {**told, **told.get("deaths", {})}.items():
            if isinstance(number, int):
                of = all_points.setdefault(event["subject"], {})
                of[name] = of.get(name, 0) + number
    for subject, numbers in all_points.items():
        print(f"  failed allocations of {subject}: " + ", ".join(f"{number} {name}" for name, number in numbers.items()))
    return {subject: numbers["points"] for subject, numbers in all_points.items()}


def of_results(results: Path, only: set[str] | None = None) -> Counts:
    """pass and xfail are as expected; unsupported and advisory failures are shown but do not count against."""
    words = {"pass": Counts(passed=1), "xfail": Counts(passed=1), "unsupported": Counts(skipped=1)}
    total = Counts()
    for line in results.read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "verdict" and (only is None or event["case"] in only):
            advisory = event["verdict"] == "fail" and event["advisory"]
            total += Counts(skipped=1) if advisory else words.get(event["verdict"], Counts(failed=1))
    return total


def of_pytest(stage: str, *what: str) -> Counts:
    junit = counts.FOLDER / f"{stage}.xml"
    junit.unlink(missing_ok=True)
    exit_code = call(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junit-xml={junit}", *what)
    suites = ElementTree.parse(junit).getroot().iter("testsuite")
    total = Counts()
    for suite in suites:
        number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
        failed = number["failures"] + number["errors"]
        total += Counts(number["tests"] - failed - number["skipped"], failed, number["skipped"])
    return total + Counts(failed=1) if exit_code and not total.failed else total


def meta() -> Counts:
    """The harness against subjects and files with a known defect."""
    tests = sorted(str(path) for path in Path("spec-tests").glob("test_meta*.py"))
    return of_pytest("meta", *tests) if tests else Counts(failed=1)


def pytest() -> Counts:
    """The driver over every scenario, and the tests of the Python parts."""
    others = [str(path) for path in sorted(Path("spec-tests").glob("test_meta*.py"))] + ["spec-tests/test_install.py"]
    return of_pytest("pytest", "spec-tests", *(f"--ignore={path}" for path in others))


def install() -> Counts:
    """Installs, takes the source tree away, and uses what was installed."""
    return of_pytest("install", "spec-tests/test_install.py")


def fuzz_smoke() -> Counts:
    exit_code = call("tools/fuzz_smoke.sh")
    return counts.read("fuzz-smoke") or Counts(failed=1 if exit_code else 0)


RUN: dict[str, Callable[[], Counts]] = {
    "unit": unit,
    "scenarios": scenarios,
    "states": states,
    "memory": memory,
    "meta": meta,
    "pytest": pytest,
    "install": install,
    "fuzz-smoke": fuzz_smoke,
}


def run_stage(stage: str) -> None:
    print(f"== {stage}", flush=True)
    started = time.monotonic()
    try:
        found = RUN[stage]()
    except Exception as trouble:  # the next stage still has to run
        print(f"  {stage} broke: {type(trouble).__name__}: {trouble}")
        found = Counts(failed=1)
    counts.write(stage, found)
    print(f"== {stage}: {found} ({time.monotonic() - started:.0f} s)", flush=True)


def main(chosen: list[str]) -> int:
    unknown = [stage for stage in chosen if stage not in RUN]
    if unknown:
        print(f"check: no stage {', '.join(unknown)}; there are {' '.join(RUN)}", file=sys.stderr)
        return 2
    Path("build").mkdir(exist_ok=True)
    lock = Path("build/.check.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("check: waits for another one in this tree", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    if not chosen:
        shutil.rmtree(counts.FOLDER, ignore_errors=True)
    counts.FOLDER.mkdir(parents=True, exist_ok=True)
    for stage in chosen or counts.STAGES:
        run_stage(stage)
    if chosen:
        return 1 if any((counts.read(stage) or Counts(failed=1)).failed for stage in chosen) else 0
    return counts.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
