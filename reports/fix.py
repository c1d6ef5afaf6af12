"""What `fleproof run --fix` hands over: the lines of a subject's file that its run proved wrong are changed, all others stay as they are.

`fix.json` in the report folder says what is to be done; nothing is decided here. The YAML parser tells where an entry stands, the text is cut
there, and the outcome is parsed again: unless it holds exactly what was meant, the file stays as it was.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from reports.results import Refused

KEY = "expected_failures"
Entry = dict[str, Any]


def _find(root: Any, path: Path) -> tuple[yaml.Node, yaml.SequenceNode]:
    """The key and the list of entries."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    for key, value in pairs:
        if key.value == KEY and isinstance(value, yaml.SequenceNode):
            return key, value
    raise Refused(f"{path}: there is no list {KEY}")


def _last(node: yaml.Node) -> int:
    """Where a node really ends: the mark of a block is behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(text: str, at: int) -> int:
    """Behind the line that `at` stands in; a block text ends at the start of the next one."""
    if at and text[at - 1] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _without_block_item(text: str, key: yaml.Node, entries: yaml.SequenceNode, index: int) -> str:
    item = entries.value[index]
    dash = re.search(r"^[ \t]*-\s*\Z", text[: item.start_mark.index], re.MULTILINE)
    if not dash:
        raise Refused(f"line {item.start_mark.line + 1} cannot be edited: the entry does not stand behind a dash of its own")
    text = text[: dash.start()] + text[_line_end(text, _last(item)) :]
    if len(entries.value) == 1:  # a key without a value would be null
        colon = text.index(":", key.end_mark.index) + 1
        text = f"{text[:colon]} []{text[colon:]}"
    return text


def _without_flow_item(text: str, entries: yaml.SequenceNode, index: int) -> str:
    item = entries.value[index]
    start, end = item.start_mark.index, item.end_mark.index
    behind = re.compile(r"\s*,[ \t]*").match(text, end)
    before = re.search(r",[ \t]*\Z", text[:start])
    if behind:
        end = behind.end()
    elif before:
        start = before.start()
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip() and text[end : end + 1] == "\n":
        start, end = line, end + 1
    return text[:start] + text[end:]


def quoted(text: str) -> str:
    """A YAML scalar in double quotes, on one line."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

    def letter(char: str) -> str:
        if char in named:
            return named[char]
        if char.isprintable():
            return char
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return f'"{"".join(map(letter, text))}"'


def _with_message(text: str, entries: yaml.SequenceNode, index: int, message: str) -> str:
    for key, value in entries.value[index].value:
        if key.value == "message":
            start, end = value.start_mark.index, value.end_mark.index
            return text[:start] + quoted(message) + ("\n" if text[start:end].endswith("\n") else "") + text[end:]
    raise Refused(f"line {entries.value[index].start_mark.line + 1} cannot be edited: the entry has no message")


def edited(text: str, edits: list[Entry], path: Path) -> str:
    """The text with all edits done, from the last entry to the first. Raises Refused when they cannot be done line by line."""
    try:
        meant = yaml.safe_load(text)
        for edit in sorted(edits, key=lambda edit: edit["index"], reverse=True):
            key, entries = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
            index = edit["index"]
            entry = meant[KEY][index] if index < len(meant[KEY]) else {}
            if (entry.get("id"), entry.get("message")) != (edit["id"], edit["message"]):
                raise Refused(f"{path}: entry {index + 1} is not {edit['id']} any more: the file changed while the run was on")
            if edit["drop"]:
                del meant[KEY][index]
                text = _without_flow_item(text, entries, index) if entries.flow_style else _without_block_item(text, key, entries, index)
            else:
                entry["message"] = edit["rewrite"]
                text = _with_message(text, entries, index, edit["rewrite"])
        if yaml.safe_load(text) == meant:
            return text
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        pass
    raise Refused(f"{path} cannot be edited line by line (an alias, or an unusual layout): nothing was changed; do it by hand")


def _write(path: Path, text: str) -> None:
    """All or nothing, with the file's own rights."""
    real = path.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copymode(real, name)
        os.replace(name, real)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _told(edit: Entry) -> str:
    if edit["drop"]:
        return f"{edit['id']}: taken out, it {edit['drop']}"
    return f"{edit['id']}: message {quoted(edit['message'])} is {quoted(edit['rewrite'])} now"


def fix(report: Path) -> int:
    """Changes all files of the plan, or none. The exit code is that of the run, as it would be with the changed files."""
    plan = json.loads((report / "fix.json").read_text(encoding="utf-8"))
    changes = []
    for file in plan["files"]:
        path = Path(file["path"])
        with path.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
        if file["edits"]:
            changes.append((file, path, edited(text, file["edits"], path)))
    for file, path, text in changes:
        _write(path, text)
        for edit in file["edits"]:
            print(f"{file['shown']}:{edit['line']}: {_told(edit)}")
    if not changes:
        print("--fix: no expected failure has to change")
    sys.stdout.flush()
    return int(plan["exit"])
