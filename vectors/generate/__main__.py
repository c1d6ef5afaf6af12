"""`python -m generate FOLDER`: writes the vector files. `--hazards` writes those that end a released library instead: they never
leave `build/`, and their scenarios, which lie in `hazards/`, are copied beside them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from generate.sets import ALL
from generate.vectorset import text_of

HAZARD_SCENARIOS = Path(__file__).parent / "hazards"


def main() -> None:
    parser = argparse.ArgumentParser(prog="generate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hazards", action="store_true", help="the cases that may end a released library")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for vectors in ALL:
        built = vectors.build(hazards=chosen.hazards)
        if built["cases"]:
            (chosen.folder / vectors.file).write_text(text_of(built), encoding="utf-8")
    if chosen.hazards:
        for scenario in sorted(HAZARD_SCENARIOS.glob("*.yml")):
            shutil.copyfile(scenario, chosen.folder / scenario.name)


if __name__ == "__main__":
    main()
