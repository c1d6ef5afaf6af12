"""`fleproof vectors export DIR`: the vectors as plain JSON, for people who bring a loader of their own.

Every case stands by itself: what its file shares is put into it, and the mended form of a case that must be refused is a case of
its own. `index.json` names the files with their hashes. Nothing is computed here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent
Values = dict[str, Any]
VERDICT = ("error", "facts", "breaks", "mend", "check")


def mended(case: Values) -> Values:
    """The case as its `mend` says it should have been."""
    return {key: value for key, value in case.items() if key not in VERDICT} | case["mend"]["set"]


def _alone(case: Values, keys: Values) -> list[Values]:
    shared = {"keys": keys} if keys else {}
    if case["valid"]:
        return [case | shared]
    return [case | shared, mended(case) | shared | {"name": f"{case['name']}~mended"}]


def _file(read: Values) -> Values:
    cases = [alone for case in read["cases"] for alone in _alone(case, read.get("keys", {}))]
    head = {key: read[key] for key in ("file", "format", "description", "fields", "bytes", "notes")}
    return head | {"count": len(cases), "cases": cases}


def export(folder: Path, vectors: Path = VECTORS) -> int:
    """Writes every file and the index into `folder`; the number of cases."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for path in sorted(vectors.glob("*.json")):
        out = _file(json.loads(path.read_text(encoding="utf-8")))
        text = json.dumps(out, ensure_ascii=True, indent=1) + "\n"
        (folder / path.name).write_text(text, encoding="ascii")
        valid = sum(case["valid"] for case in out["cases"])
        entries.append(
            {
                "file": path.name,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "description": out["description"],
                "count": out["count"],
                "valid": valid,
                "invalid": out["count"] - valid,
                "bytes": out["bytes"],
            }
        )
    index = {"format": 1, "count": sum(entry["count"] for entry in entries), "files": entries}
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="ascii")
    return int(index["count"])
