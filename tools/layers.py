"""Which room may include which: the table of docs/architecture.md, checked over every #include of the C sources.

A room may include itself and what its row names. A test may include what its room may, and anything of the same part.
Includes in angle brackets are checked where a room must not know a library. Prints file:line for each breach.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

BASE = ("ref/base",)
ERRORS = (*BASE, "ref/mongocrypt/errors")
CRYPTO = (*ERRORS, "ref/mongocrypt/bson_check.h", "ref/mongocrypt/crypto")
KMS = (*CRYPTO, "ref/mongocrypt/kms")
KEY = (*KMS, "ref/mongocrypt/key")
QUERYABLE = (*CRYPTO, "ref/mongocrypt/queryable")
SCHEMA = (*ERRORS, "ref/mongocrypt/bson_check.h", "ref/mongocrypt/schema")
LIBRARY = ("ref/mongocrypt", "ref/base")
JUDGE = ("runner/judge", "runner/grammar", "runner/material", "runner/subject.h", "runner/abi_table.h", "runner/paths.h", *BASE)

# Room (longest prefix wins) -> prefixes that it may include beside its own folder.
ROOMS: dict[str, tuple[str, ...]] = {
    "ref/base": (),
    "ref/mongocrypt/include": ("mongocrypt-",),
    "ref/mongocrypt/bson_check": ERRORS,
    "ref/mongocrypt/errors": BASE,
    "ref/mongocrypt/crypto": ERRORS,
    "ref/mongocrypt/kms": CRYPTO,
    "ref/mongocrypt/key": KMS,
    "ref/mongocrypt/queryable": CRYPTO,
    "ref/mongocrypt/schema": (*ERRORS, "ref/mongocrypt/bson_check.h"),
    "ref/mongocrypt/ctx": (*KEY, *QUERYABLE, *SCHEMA, "ref/mongocrypt/handle.h"),
    "ref/mongocrypt/handle": (*KEY, *QUERYABLE, *SCHEMA, "ref/mongocrypt/ctx"),
    "ref/mongocrypt/abi": LIBRARY,
    "ref/mongocrypt/test": LIBRARY,
    "mocks/world": BASE,
    "mocks/mongod": ("mocks/world", *BASE),
    "mocks/kms": ("mocks/world", *BASE),
    "runner/grammar": ("runner/material", "runner/abi_table.h", "runner/paths.h", *BASE),
    "runner/material": BASE,
    "runner/judge": JUDGE,
    "runner/supervise": ("runner/judge", *JUDGE),
    "runner/host": ("mocks", "runner/abi_table.h", *BASE),
    "runner/verbs": ("runner/supervise", *JUDGE),
    "runner": ("runner/verbs", "runner/supervise", *JUDGE),
    "bench": BASE,
    "fuzz": ("ref", "runner", "mocks"),
}
# Headers of libraries that a room must not know: `ref/base` carries no MongoDB library and no cryptography.
FORBIDDEN = {
    "ref/base": ("bson/", "openssl/"),
    "mocks/world": ("sys/socket.h",),
    "mocks/mongod": ("sys/socket.h",),
    "runner": ("mongocrypt/",),
    "mocks": ("mongocrypt/",),
    "bench": (),
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def room_of(path: str) -> str | None:
    return max((room for room in ROOMS if path.startswith(room)), key=len, default=None)


def breaches(path: Path) -> list[str]:
    name = path.as_posix()
    room = room_of(name)
    if room is None:
        return [f"{name}:1: belongs to no room: add one to tools/layers.py and docs/architecture.md"]
    allowed = (*ROOMS[room], room, path.parent.as_posix())
    if name.startswith(("ref/mongocrypt", "fuzz")):
        allowed = (*allowed, "mongocrypt/")  # the public header: types of hooks and states are the same inside
    if "/test/" in name:
        allowed = (
            *allowed,
            "ref/mongocrypt" if room.startswith("ref/") else "runner" if room.startswith("runner") else "mocks",
            *BASE,
        )
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        bracket, target = found.groups()
        if bracket == '"' and not target.startswith(allowed):
            out.append(f"{name}:{number}: {room} must not include {target}")
        for where, headers in FORBIDDEN.items():
            if bracket == "<" and name.startswith(where) and "/test/" not in name and headers and target.startswith(headers):
                out.append(f"{name}:{number}: {where} must not include <{target}>")
    return out


def main() -> int:
    folders = ("ref", "mocks", "runner", "bench", "fuzz")
    files = sorted(path for folder in folders for pattern in ("*.c", "*.h") for path in Path(folder).rglob(pattern))
    found = [line for path in files for line in breaches(path)]
    print("\n".join(found) or f"layers: {len(files)} files look only where they may")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
