"""Sends plans to a host and prints its transcript: for people who work on a host.

usage: drive_host.py HOST LIB [PLAN.json ...] [-- host arguments]
A plan is extended JSON: the `plan` of a frame, or a whole frame. Needs the package `bson` (of pymongo).
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import bson
from bson import json_util

PAGE_LEN = 4096
NOW_MS = 1767225600000


def frame(document: dict[str, Any], number: int) -> bytes:
    """The bytes of one frame; what a bare plan lacks is put around it."""
    if "plan" not in document:
        document = {"plan": document}
    whole = {"nonce": f"n{number}", "id": f"case/{number}", "seed": bson.Int64(1), "now_ms": bson.Int64(NOW_MS), **document}
    data = bson.encode(whole)
    return struct.pack("<I", len(data)) + data


def run(host: str, library: str, frames: bytes, arguments: list[str]) -> tuple[int, bytes, bytes]:
    """Exit status, transcript, and the last call in the shared page."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as transcript, tempfile.TemporaryFile() as page:
        given.write(frames)
        given.seek(0)
        page.truncate(PAGE_LEN)

        def place() -> None:
            for wanted, file in ((13, given), (14, transcript), (15, page)):
                os.dup2(file.fileno(), wanted)
            for wanted in (3, 4, 5):
                os.dup2(wanted + 10, wanted)

        done = subprocess.run([host, "--lib", library, *arguments], preexec_fn=place, close_fds=False, check=False)
        transcript.seek(0)
        page.seek(12)
        return done.returncode, transcript.read(), page.read(64).split(b"\0")[0]


def main(arguments: list[str]) -> int:
    extra: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    options = json_util.JSONOptions(document_class=dict, json_mode=json_util.JSONMode.CANONICAL)
    plans = [json_util.loads(Path(name).read_text(encoding="utf-8"), json_options=options) for name in arguments[2:]]
    frames = b"".join(frame(plan, number) for number, plan in enumerate(plans))
    status, transcript, last = run(arguments[0], arguments[1], frames, extra)
    sys.stdout.write(transcript.decode("utf-8", "replace"))
    print(f"exit {status}, last call {last.decode('utf-8', 'replace')}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
