"""The official Python binding works on the reference as it does on its own library. The script of binding_client.py is right if the
official library does what is told here; the reference must do the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENT = Path(__file__).resolve().parent / "binding_client.py"
Seen = dict[str, Any]

SCHEMA = {"bsonType": "object", "properties": {"v": {"encrypt": {}}}}
FETCH_ONE = ["fetch_keys", 1, []]


def mark(schema: Seen, remote: bool) -> list[Any]:
    return ["mark_command", "db", ["insert", "documents"], {"jsonSchema": schema, "isRemoteSchema": remote}]


EXPECTED: Seen = {
    "data_key": {
        "subtype": 4,
        "fields": ["_id", "keyAltNames", "keyMaterial", "creationDate", "updateDate", "status", "masterKey"],
        "names": ["client"],
    },
    "round_trips": {
        "Deterministic": {"opens": True, "same_twice": True, "subtype": 6},
        "Random": {"opens": True, "same_twice": False, "subtype": 6},
    },
    "absent_key": {"refused": True},
    "remote_schema": {
        "asked": [["collection_info", "db", "c"], mark(SCHEMA, True), FETCH_ONE],
        "asked_again": [mark(SCHEMA, True)],  # schema and key are in the caches, analysis is not
        "fields": ["insert", "documents", "$db"],
        "as_explicit": True,
        "same_twice": True,
        "rest": ["c", 1, "db"],
    },
    "by_alternate_name": {"kinds": [2, 1], "keys": [True, True], "opens": True, "fetched": 1},
    "automatic_decryption": {
        "batch": [{"_id": 1, "v": "hello", "list": ["hello", {"deep": "hello"}]}],
        "asked": ["fetch_keys"],
        "asked_again": 0,
        "untouched": True,
    },
    "schema_map": {
        "asked": [mark(SCHEMA, False), FETCH_ONE],
        "in_another_database": [
            ["collection_info", "other", "c"],
            ["mark_command", "other", ["insert", "documents"], {"jsonSchema": {}, "isRemoteSchema": True}],
        ],
        "subtype": 6,
    },
    "several_collections": {
        "asked": [
            ["mark_command", "db", {"isMaster": 1}],
            ["collection_info", "db", {"$in": ["a", "b", "none"]}],
            [
                "mark_command",
                "db",
                ["aggregate", "pipeline", "cursor"],
                {
                    "csfleEncryptionSchemas": {
                        "db.a": {"jsonSchema": SCHEMA, "isRemoteSchema": True},
                        "db.b": {"jsonSchema": SCHEMA, "isRemoteSchema": True},
                        "db.none": {"jsonSchema": {}, "isRemoteSchema": False},
                    }
                },
            ],
            FETCH_ONE,
        ],
        "subtype": 6,
        "refused_without_option": True,
        "refused_by_an_old_one": True,
    },
    "nothing_to_encrypt": {
        "ping": {"same": True, "asked": []},
        "find": {"same": True, "asked": ["collection_info", "mark_command"]},
        "bypassed": {"same": True, "asked": ["collection_info"]},
        "mapReduce": {"refused": True},
        "view": {"refused": True},
    },
    "rewrap": {
        "asked": [["fetch_keys", {"keyAltNames": "client"}]],
        "fields": [["keyMaterial", "masterKey", "_id"]],
        "id": True,
        "new_material": True,
        "provider": {"provider": "local:two"},
        "opens_with_the_new_key": {"v": "hello"},
        "opens_with_the_old_key": False,
    },
    "credentials": {  # states: 7 credentials, 3 keys, 5 ready
        "enough": [[7, 3, 5], {"v": "hello"}],
        "enough_again": [[5], {"v": "hello"}],  # the key is in the cache: nothing is asked
        "too_much": [[7, 3, 5], {"v": "hello"}],
        "too_much_again": [[5], {"v": "hello"}],
        "another_local_key": "refused",  # what is given wins over the handle, in this context
        "another_local_key_again": "refused",
        "the_local_key_at_last": [[7, 3, 5], {"v": "hello"}],
        "the_local_key_at_last_again": [[5], {"v": "hello"}],
        "none": "refused",
        "none_again": "refused",
    },
}


def run(library: Path | None) -> Seen:
    environment = {key: value for key, value in os.environ.items() if key != "PYMONGOCRYPT_LIB"}
    if library:
        environment["PYMONGOCRYPT_LIB"] = str(library)
    done = subprocess.run(
        [sys.executable, CLIENT],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["official", "reference"])
def seen(request: pytest.FixtureRequest, prefix: Path) -> Seen:
    reference = request.param == "reference"
    seen = run(prefix / "lib" / "fleproof" / "libmongocrypt.so.0" if reference else None)
    assert ("+fleproof." in seen["version"]) == reference
    return seen


@pytest.mark.parametrize("part", EXPECTED)
def test_the_client_sees_what_is_told_here(seen: Seen, part: str) -> None:
    assert seen[part] == EXPECTED[part]


def test_every_part_of_the_client_is_told_here(seen: Seen) -> None:
    assert set(seen) - {"version", "said"} == set(EXPECTED)


def test_refusals_reach_the_client_with_their_texts(seen: Seen) -> None:
    assert all(len(text) > 5 for text in seen["said"])
    if "+fleproof." in seen["version"]:
        assert "[KEY_NOT_FOUND" in seen["said"][0]
