"""The rule catalogue, for its words only: what a rule id says, and where it comes from. The checks on the catalogue are
`fleproof validate`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

# The package lies in PREFIX/share/fleproof/reports, beside the catalogue. In a source tree both lie at the root.
FOLDER = Path(__file__).parent.parent / "spec-tests" / "rules"


@dataclass(frozen=True)
class Rule:
    id: str
    level: str
    rule: str
    source: str


def catalogue(folder: Path = FOLDER) -> dict[str, Rule]:
    """Every rule by its id. A folder that is not there is an empty catalogue: the words are missing, the verdicts are not."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for item in document.get("rules") or ():
            rule = Rule(str(item["id"]), str(item.get("level", "")), str(item.get("rule", "")), str(item.get("source", "")))
            found[rule.id] = rule
    return found
