"""Runs the unit test programs under build/FLAVOUR/test, each in its own process, and adds up what they say in TAP.

A program that does not exist, crashes, hangs or says nothing is a failure by itself. What a failing program printed is
shown whole. Usage: run_units.py PROGRAM...
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from counts import Counts

TIMEOUT_S = 300
TAP_LINE = re.compile(r"^(ok|not ok) \d+ (.*)$", re.M)
TAP_PLAN = re.compile(r"^1\.\.(\d+)$", re.M)


@dataclass(frozen=True)
class Outcome:
    program: str
    counts: Counts
    said: str
    trouble: str | None


def run(program: str) -> Outcome:
    if not Path(program).exists():
        return Outcome(program, Counts(failed=1), "", "was not built")
    environment = {
        **os.environ,
        "CMOCKA_MESSAGE_OUTPUT": "tap",
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "abort_on_error=1:detect_leaks=1:allocator_may_return_null=1"),
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "TSAN_OPTIONS": "halt_on_error=1:exitcode=66:allocator_may_return_null=1",
    }
    try:
        done = subprocess.run(
            [program],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return Outcome(program, Counts(failed=1), (late.output or b"").decode(errors="replace"), f"hung for {TIMEOUT_S} s")
    said = done.stdout.decode(errors="replace")
    results = TAP_LINE.findall(said)
    # cmocka writes `not ok N # SKIP name` for a test that skips itself.
    skipped = sum(1 for _, rest in results if rest.startswith("# SKIP"))
    failed = sum(1 for word, rest in results if word == "not ok" and not rest.startswith("# SKIP"))
    passed = len(results) - failed - skipped
    planned = sum(int(n) for n in TAP_PLAN.findall(said))
    trouble = None
    if done.returncode < 0:
        trouble = f"died of signal {-done.returncode}"
    elif planned == 0:
        trouble = "ran no test"
    elif planned != len(results):
        trouble = f"planned {planned} tests, reported {len(results)}"
    elif done.returncode != 0 and not failed:
        trouble = f"left with exit code {done.returncode}"
    return Outcome(program, Counts(passed, failed + (1 if trouble else 0), skipped), said, trouble)


def run_all(programs: list[str]) -> Counts:
    total = Counts()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for outcome in pool.map(run, programs):
            total += outcome.counts
            name = re.sub(r"^build/", "", outcome.program)
            print(f"  {name}: {outcome.counts}{' - ' + outcome.trouble if outcome.trouble else ''}", flush=True)
            if outcome.counts.failed:
                print("    " + outcome.said.replace("\n", "\n    "))
            for line in outcome.said.splitlines():
                if "# skip" in line.lower():
                    print(f"    {line}")
    return total


if __name__ == "__main__":
    counts = run_all(sys.argv[1:])
    print(counts)
    sys.exit(1 if counts.failed else 0)
