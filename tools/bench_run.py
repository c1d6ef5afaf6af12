"""Processor time of a whole run at the library door: the program, its hosts and the reference in them, report folder included.
A run counts only if it is complete and as expected. Last part of `make bench`.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "bin" / "fleproof"
ROUNDS = 5
BAR_S = 2.0


def spent(command: list[str | Path]) -> float:
    """Seconds of user and system time of a command and of all processes that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run: list[str | Path] = [PROGRAM, "run", "--sut", "reference", "--quiet", "--report", folder]
        whole = [spent(run) for _ in range(ROUNDS)]
        footer = json.loads((Path(folder) / "results.jsonl").read_text().splitlines()[-1])
    assert footer["complete"], footer
    passed = footer["counts"]["reference"]["pass"]
    loading = statistics.median(spent([PROGRAM, "list"]) for _ in range(ROUNDS))
    median = statistics.median(whole)
    print(f"run of {footer['cases']:,} cases on the reference ({passed:,} pass): {median:.2f} s of processor time in all processes", end="")
    print(f" ({min(whole):.2f} to {max(whole):.2f}), {loading:.2f} s of it to load them; aim {BAR_S:.0f} s")


if __name__ == "__main__":
    main()
