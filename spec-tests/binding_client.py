"""A real client, run by test_binding.py in a process of its own: the official Python binding on the library that
PYMONGOCRYPT_LIB names, with a key vault in memory. Prints what it saw as one line of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import bson
import pymongocrypt
from bson.binary import Binary
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.mongocrypt import MongoCryptOptions
from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter
from pymongocrypt.synchronous.state_machine import MongoCryptCallback

ALGORITHMS = ("AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic", "AEAD_AES_256_CBC_HMAC_SHA_512-Random")


class Vault(MongoCryptCallback):
    """The callbacks of explicit encryption; each question is answered by a plain scan."""

    def __init__(self) -> None:
        self.keys: list[dict] = []

    def fetch_keys(self, filter: bytes) -> Iterator[bytes]:
        ids, names = (part for part in bson.decode(filter)["$or"])
        for key in self.keys:
            if key["_id"] in ids["_id"]["$in"] or set(key.get("keyAltNames", ())) & set(names["keyAltNames"]["$in"]):
                yield bson.encode(key)

    def insert_data_key(self, data_key: bytes) -> Binary:
        self.keys.append(bson.decode(data_key))
        return self.keys[-1]["_id"]

    def bson_encode(self, doc: dict) -> bytes:
        return bson.encode(doc)

    def kms_request(self, kms_context: object) -> None:
        raise AssertionError("a local key needs no KMS")

    collection_info = mark_command = kms_request

    def close(self) -> None:
        pass


def main() -> None:
    vault = Vault()
    client = ExplicitEncrypter(vault, MongoCryptOptions({"local": {"key": bytes(range(96))}}))
    seen: dict[str, object] = {"version": pymongocrypt.libmongocrypt_version(), "round_trips": {}}
    key_id = client.create_data_key("local", key_alt_names=["client"])
    seen["key"] = {"subtype": key_id.subtype, "fields": list(vault.keys[0]), "names": vault.keys[0]["keyAltNames"]}
    plain = bson.encode({"v": {"text": "hello", "numbers": [1, 2.5, 2**40]}})
    for algorithm in ALGORITHMS:
        value = plain if algorithm.endswith("Random") else bson.encode({"v": "hello"})
        by_id = client.encrypt(value, algorithm, key_id=bytes(key_id))
        by_name = client.encrypt(value, algorithm, key_alt_name="client")
        seen["round_trips"][algorithm.rsplit("-", 1)[1]] = {
            "opens": client.decrypt(by_id) == value and client.decrypt(by_name) == value,
            "same_twice": by_id == by_name,
            "subtype": bson.decode(by_id)["v"].subtype,
        }
    try:
        client.encrypt(plain, ALGORITHMS[1], key_alt_name="nobody")
        seen["absent_key"] = None
    except MongoCryptError as refusal:
        seen["absent_key"] = str(refusal)
    client.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
