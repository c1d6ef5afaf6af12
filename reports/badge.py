"""badge.json: the result of a run in one line, in the form that shields.io reads from an address (its endpoint schema)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reports.results import Results


def badge(results: Results) -> dict[str, Any]:
    bad = sum(line.bad for line in results.verdicts)
    passed = sum(line.verdict == "pass" for line in results.verdicts)
    as_expected = not bad and results.exit == 0
    message = f"{passed:,} pass" if as_expected else f"{bad:,} not as expected" if bad else f"exit {results.exit}"
    return {"schemaVersion": 1, "label": "fleproof", "message": message, "color": "success" if as_expected else "critical"}


def write(results: Results, path: Path) -> None:
    path.write_text(json.dumps(badge(results)) + "\n", encoding="utf-8")
