"""Writes the replies of the example's worlds, and the result that each must give. Run it from anywhere; it needs the Python
environment of `make setup`. All keys are public test keys: streams of SHA-256 over their names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import bson
from bson import json_util
from bson.binary import Binary
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

HERE = Path(__file__).resolve().parent
Document = dict[str, Any]


def stream(label: str, length: int) -> bytes:
    blocks = (hashlib.sha256(f"fleproof/{label}/{n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def seal(key: bytes, aad: bytes, iv: bytes, plain: bytes) -> bytes:
    """AEAD_AES_256_CBC_HMAC_SHA_512: tag key, cipher key, key of deterministic IVs."""
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key[32:64]), modes.CBC(iv)).encryptor()
    body = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    bits = (8 * len(aad)).to_bytes(8, "big")
    return iv + body + hmac.digest(key[:32], aad + iv + body + bits, "sha512")[:32]


def deterministic(key: bytes, key_id: bytes, text: str) -> Binary:
    """The blob of a string: head, then the sealed value."""
    plain = bson.encode({"": text})[6:-1]
    head = b"\x01" + key_id + b"\x02"
    iv = hmac.digest(key[64:], head + (8 * len(head)).to_bytes(8, "big") + plain, "sha512")[:16]
    return Binary(head + seal(key, head, iv, plain), 6)


def marking(key_id: bytes, text: str) -> Binary:
    return Binary(b"\x00" + bson.encode({"v": text, "a": 1, "ki": Binary(key_id, 4)}), 6)


KEK, DEK = stream("local-1", 96), stream("example/dek", 96)
ID = bytearray(stream("example/id", 16))
ID[6], ID[8] = ID[6] & 0x0F | 0x40, ID[8] & 0x3F | 0x80
KEY_ID = bytes(ID)
DATE = {"$date": "2026-01-01T00:00:00Z"}
KEY_DOCUMENT = {
    "_id": Binary(KEY_ID, 4),
    "keyAltNames": ["example"],
    "keyMaterial": Binary(seal(KEK, b"", stream("example/iv", 16), DEK), 0),
    "creationDate": json_util.loads(json.dumps(DATE)),
    "updateDate": json_util.loads(json.dumps(DATE)),
    "status": 0,
    "masterKey": {"provider": "local"},
}
LOCAL = {"local": {"key": Binary(KEK, 0)}}
SEALED = deterministic(DEK, KEY_ID, "hello")
INSERT = {"insert": "c", "documents": [{"v": "hello"}]}
SCHEMA = {
    "bsonType": "object",
    "properties": {
        "v": {
            "encrypt": {
                "keyId": [Binary(KEY_ID, 4)],
                "algorithm": "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic",
                "bsonType": "string",
            }
        }
    },
}
MARKED = {"hasEncryptionPlaceholders": True, "schemaRequiresEncryption": True, "ok": 1.0}
LOOKUP = {"$lookup": {"from": "d", "as": "x", "pipeline": []}}
AGGREGATE = {"aggregate": "c", "pipeline": [{"$match": {"v": "hello"}}, LOOKUP], "cursor": {}}
BULK_WRITE = {"bulkWrite": 1, "ops": [{"insert": 0, "document": {"v": "hello"}}], "nsInfo": [{"ns": "other.c"}]}
AWS_BODY = json.dumps({"CiphertextBlob": base64.b64encode(stream("example/wrapped", 160)).decode(), "KeyId": "example"})



def info(name: str, schema: Document) -> Document:
    return {"name": name, "type": "collection", "options": {"validator": {"$jsonSchema": schema}}, "info": {"readOnly": False}}


# A text is a reply of a KMS; a list is several documents in one answer.
WORLDS: dict[str, dict[str, Document | list[Document] | str]] = {
    "datakey": {"providers": LOCAL, "datakey": {"provider": "local"}, "key_alt_name": {"keyAltName": "example"}},
    "explicit-encrypt": {
        "providers": LOCAL,
        "key_alt_name": {"keyAltName": "example"},
        "explicit_encrypt": {"v": "hello"},
        "keys.1": KEY_DOCUMENT,
        "result": {"v": SEALED},
    },
    "decrypt": {
        "providers": LOCAL,
        "decrypt": {"_id": 1, "v": SEALED, "list": [SEALED]},
        "keys.1": KEY_DOCUMENT,
        "result": {"_id": 1, "v": "hello", "list": ["hello"]},
    },
    "encrypt": {
        "providers": LOCAL,
        "encrypt": INSERT,
        "collinfo.1": info("c", SCHEMA),
        "markings.1": {**MARKED, "result": {"insert": "c", "documents": [{"v": marking(KEY_ID, "hello")}]}},
        "keys.1": KEY_DOCUMENT,
        "result": {"insert": "c", "documents": [{"v": SEALED}]},
    },
    "encrypt-schema-map": {
        "providers": LOCAL,
        "schema_map": {"db.c": SCHEMA},
        "encrypt": INSERT,
        "markings.1": {**MARKED, "result": {"insert": "c", "documents": [{"v": marking(KEY_ID, "hello")}]}},
        "keys.1": KEY_DOCUMENT,
        "result": {"insert": "c", "documents": [{"v": SEALED}]},
    },
    "encrypt-two-collections": {
        "providers": LOCAL,
        "encrypt": AGGREGATE,
        "markings.1": {"ismaster": True, "maxWireVersion": 26, "ok": 1.0},
        "collinfo.1": [info("d", {"bsonType": "object"}), info("c", SCHEMA)],
        "markings.2": {**MARKED, "result": {**AGGREGATE, "pipeline": [{"$match": {"v": marking(KEY_ID, "hello")}}, LOOKUP]}},
        "keys.1": KEY_DOCUMENT,
        "result": {**AGGREGATE, "pipeline": [{"$match": {"v": SEALED}}, LOOKUP]},
    },
    "encrypt-bulk-write": {
        "providers": LOCAL,
        "encrypt": BULK_WRITE,
        "collinfo.1": info("c", SCHEMA),
        "markings.1": {**MARKED, "result": {**BULK_WRITE, "ops": [{"insert": 0, "document": {"v": marking(KEY_ID, "hello")}}]}},
        "keys.1": KEY_DOCUMENT,
        "result": {**BULK_WRITE, "ops": [{"insert": 0, "document": {"v": SEALED}}]},
    },
    "decrypt-credentials": {
        "providers": {**LOCAL, "aws": {}},
        "decrypt": {"_id": 1, "v": SEALED},
        "credentials.1": {"aws": {"accessKeyId": "example", "secretAccessKey": "example"}},
        "keys.1": KEY_DOCUMENT,
        "result": {"_id": 1, "v": "hello"},
    },
    "rewrap": {
        "providers": LOCAL,
        "new_key": {"provider": "local"},
        "rewrap": {"keyAltNames": "example"},
        "keys.1": KEY_DOCUMENT,
    },
    "datakey-aws": {
        "providers": {"aws": {}},
        "datakey": {"provider": "aws", "region": "us-east-1", "key": "example"},
        "credentials.1": {"aws": {"accessKeyId": "example", "secretAccessKey": "example"}},
        "kms.1": f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(AWS_BODY)}\r\n\r\n{AWS_BODY}",
    },
    "absent-key": {"providers": LOCAL, "decrypt": {"v": SEALED}},
}


def main() -> None:
    for world, files in WORLDS.items():
        (HERE / world).mkdir(exist_ok=True)
        for name, content in files.items():
            if isinstance(content, str):
                (HERE / world / f"{name}.http").write_bytes(content.encode())
            else:
                documents = content if isinstance(content, list) else [content]
                texts = (json_util.dumps(one, json_options=json_util.CANONICAL_JSON_OPTIONS, indent=1) + "\n" for one in documents)
                (HERE / world / f"{name}.json").write_text("".join(texts))


if __name__ == "__main__":
    main()
