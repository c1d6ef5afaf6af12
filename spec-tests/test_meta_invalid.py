"""The JSON Schema draws the line of layer `shape` where the loader draws it: files of that layer are refused by both, files of
layer `meaning` and every real scenario only pass the schema.

Only here is a scenario read outside of the program: into JSON, a tagged value as an object with the tag as its one key.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import PROGRAM, ROOT

SCENARIOS = ROOT / "spec-tests"
INVALID = SCENARIOS / "meta" / "invalid"
FIRST_LINE = re.compile(r"# refuses: (?P<id>\w+) line \d+ field \S+ layer: (?P<layer>\w+)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


class Reader(yaml.SafeLoader):
    """Scalars by the grammar's rules, tags as they stand."""

    def scalar(self, node: yaml.ScalarNode) -> Any:
        words = {"true": True, "false": False, "null": None}
        if node.style is not None:
            return node.value
        if node.value in words:
            return words[node.value]
        if NUMBER.fullmatch(node.value):
            return float(node.value) if "." in node.value else int(node.value)
        return node.value

    def tagged(self, suffix: str, node: yaml.Node) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            return {f"!{suffix}": node.value}
        make = self.construct_mapping if isinstance(node, yaml.MappingNode) else self.construct_sequence
        return {f"!{suffix}": make(node, deep=True)}


Reader.yaml_implicit_resolvers = {}
Reader.add_constructor("tag:yaml.org,2002:str", Reader.scalar)
Reader.add_multi_constructor("!", Reader.tagged)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=Reader)  # Reader is a SafeLoader


def layer(path: Path) -> str:
    first = FIRST_LINE.match(path.read_text(encoding="utf-8-sig", errors="replace"))
    assert first, f"{path}: the first line does not say what is refused"
    return first["layer"]


@cache
def validator() -> jsonschema.Draft202012Validator:
    done = subprocess.run([PROGRAM, "schema"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def named(path: Path) -> str:
    return str(path.relative_to(SCENARIOS))


INVALID_FILES = sorted(INVALID.rglob("*.yml"))
REAL_FILES = sorted(path for path in SCENARIOS.rglob("*.yml") if not {"rules", "invalid", "catalogue"} & set(path.parts))


@pytest.mark.parametrize("path", [path for path in INVALID_FILES if layer(path) == "shape"], ids=named)
def test_a_defect_of_shape_is_refused_by_the_schema(path: Path) -> None:
    assert not validator().is_valid(read(path))


@pytest.mark.parametrize("path", [path for path in INVALID_FILES if layer(path) == "meaning"], ids=named)
def test_a_defect_of_meaning_is_beyond_the_schema(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(read(path))] == []


@pytest.mark.parametrize("path", REAL_FILES, ids=named)
def test_what_the_loader_takes_the_schema_takes(path: Path) -> None:
    errors = [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator().iter_errors(read(path))
    ]
    assert errors == []


def test_there_is_something_to_test() -> None:
    layers = {layer(path) for path in INVALID_FILES}
    assert layers == {"yaml", "shape", "meaning"}
    assert len(REAL_FILES) > 10
