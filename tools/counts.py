"""Counts of test stages: each stage leaves build/check/NAME.counts, this file reads, adds and prints them.

A stage without a file did not run and counts as one failure: silence is never success. Run as a program it prints the
table and, alone on the last line, `N passed, N failed` (with `, N skipped` where something was).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("build/check")
STAGES = ("unit", "scenarios", "states", "memory", "meta", "pytest", "install", "fuzz-smoke")


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def write(stage: str, counts: Counts, folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stage}.counts").write_text(f"passed {counts.passed}\nfailed {counts.failed}\nskipped {counts.skipped}\n")


def read(stage: str, folder: Path = FOLDER) -> Counts | None:
    """None if the stage left nothing, or nothing that can be understood."""
    try:
        fields = dict(line.split() for line in (folder / f"{stage}.counts").read_text().splitlines())
        return Counts(int(fields["passed"]), int(fields["failed"]), int(fields["skipped"]))
    except (OSError, ValueError, KeyError):
        return None


def total(folder: Path = FOLDER) -> tuple[Counts, list[str]]:
    """The sum, and a line for each stage."""
    all_counts, lines = Counts(), []
    for stage in STAGES:
        counts = read(stage, folder)
        lines.append(f"{stage:<12} {counts if counts else 'did not run: counted as 1 failed'}")
        all_counts += counts if counts else Counts(failed=1)
    return all_counts, lines


def main() -> int:
    counts, lines = total()
    print("\n".join(lines))
    print(counts)
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
