"""The other side of binding_client.py: key vault, collections and a scripted mongocryptd in memory. What was asked is kept, in words that
can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bson
from bson.binary import Binary
from pymongocrypt.synchronous.state_machine import MongoCryptCallback

Document = dict[str, Any]
ALGORITHMS = ("AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic", "AEAD_AES_256_CBC_HMAC_SHA_512-Random")
KEK = bytes(range(96))


def marking(value: Any, algorithm: int, **key: Any) -> Binary:
    """What query analysis puts in place of a value: 1 deterministic, 2 random; the key by `ki` or `ka`."""
    return Binary(b"\0" + bson.encode({"v": value, "a": algorithm, **key}), 6)


class World(MongoCryptCallback):
    """Each question is answered by a plain scan; no sockets."""

    def __init__(self) -> None:
        self.keys: list[Document] = []
        self.collections: dict[str, Document] = {}
        self.wire_version = 0
        self.mark: Callable[[Document], None] | None = None  # puts markings into a command; None: nothing is to be encrypted
        self.asked: list[list[Any]] = []

    def fetch_keys(self, filter: bytes) -> Iterator[bytes]:
        asked = bson.decode(filter)
        if "$or" not in asked:  # a rewrap has the filter of the caller
            self.asked.append(["fetch_keys", asked])
            yield from (bson.encode(key) for key in self.keys if asked["keyAltNames"] in key["keyAltNames"])
            return
        ids, names = (part for part in asked["$or"])
        wanted_ids, wanted_names = ids["_id"]["$in"], names["keyAltNames"]["$in"]
        self.asked.append(["fetch_keys", len(wanted_ids), wanted_names])
        for key in self.keys:
            if key["_id"] in wanted_ids or set(key.get("keyAltNames", ())) & set(wanted_names):
                yield bson.encode(key)

    def collection_info(self, database: str, filter: bytes) -> list[bytes]:
        wanted = bson.decode(filter)["name"]
        self.asked.append(["collection_info", database, wanted])
        names = wanted["$in"] if isinstance(wanted, dict) else [wanted]
        found = []
        for namespace, collection in self.collections.items():
            db, name = namespace.split(".", 1)
            if db == database and name in names:
                kind = collection.get("type", "collection")
                options = {"validator": collection["validator"]} if "validator" in collection else {}
                found.append(bson.encode({"name": name, "type": kind, "options": options, "info": {"readOnly": kind == "view"}}))
        return found

    def mark_command(self, database: str, cmd: bytes) -> bytes:
        command = bson.decode(cmd)
        if "isMaster" in command:
            self.asked.append(["mark_command", database, command])
            return bson.encode({"ismaster": True, "maxWireVersion": self.wire_version, "ok": 1.0})
        schemas = {field: command.pop(field) for field in ("jsonSchema", "isRemoteSchema", "csfleEncryptionSchemas") if field in command}
        self.asked.append(["mark_command", database, list(command), schemas])
        if self.mark is None:
            return bson.encode({"schemaRequiresEncryption": False, "result": command, "ok": 1.0})
        self.mark(command)
        return bson.encode({"hasEncryptionPlaceholders": True, "schemaRequiresEncryption": True, "result": command, "ok": 1.0})

    def insert_data_key(self, data_key: bytes) -> Binary:
        self.keys.append(bson.decode(data_key))
        return self.keys[-1]["_id"]

    def bson_encode(self, doc: Document) -> bytes:
        return bson.encode(doc)

    def kms_request(self, kms_context: object) -> None:
        raise AssertionError("a local key needs no KMS")

    def close(self) -> None:
        pass
