"""Writes the seeds of the fuzz targets (fuzz/corpus/TARGET/seed-*): inputs that reach deep, so that the engines need not find them.

Needs the packages cryptography and pymongo (for its bson module) of build/venv. The same bytes come out each time.
Usage: build/venv/bin/python fuzz/seeds.py
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from pathlib import Path

import bson
from bson import Binary, Code, Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = Path(__file__).resolve().parent
KEY = bytes((i * 7 + 1) % 256 for i in range(96))  # flp_fuzz_key of support.c
KEK = bytes(96)
MARKER = b"a" * 16
IV = bytes(range(16))

VALUES: dict[str, object] = {
    "double": 1.5,
    "string": "hello",
    "document": {"a": 1, "b": {"c": [1, 2]}},
    "array": [1, "x", None],
    "binary": Binary(b"\x01\x02", 0),
    "old-binary": Binary(b"\x01\x02", 2),
    "object-id": ObjectId("0123456789ab0123456789ab"),
    "bool": True,
    "regex": Regex("a.*b", "ix"),
    "code": Code("f()"),
    "scope": Code("f()", {"x": 1}),
    "int32": 42,
    "timestamp": Timestamp(1, 2),
    "int64": Int64(1 << 40),
    "decimal": Decimal128("1.25"),
}


def cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    padding = 16 - len(plain) % 16
    sealer = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return sealer.update(plain + bytes([padding]) * padding) + sealer.finalize()


def seal(key: bytes, iv: bytes, associated: bytes, plain: bytes) -> bytes:
    body = iv + cbc(key[32:64], iv, plain)
    tag = hmac.new(key[:32], associated + body + struct.pack(">Q", 8 * len(associated)), hashlib.sha512).digest()[:32]
    return body + tag


def ciphertext(subtype: int, bson_type: int, plain: bytes, key_id: bytes = MARKER) -> bytes:
    head = bytes([subtype]) + key_id + bytes([bson_type])
    return head + seal(KEY, IV, head, plain)


def parts(value: object) -> tuple[int, bytes]:
    """Type byte and value bytes of a BSON element."""
    element = bson.encode({"": value})
    return element[4], element[6:-1]


def key_document(**changes: object) -> bytes:
    document: dict[str, object] = {
        "_id": Binary(MARKER, 4),
        "keyAltNames": ["n"],
        "keyMaterial": Binary(seal(KEK, IV, b"", KEY), 0),
        "creationDate": DatetimeMS(0),
        "updateDate": DatetimeMS(0),
        "status": 0,
        "masterKey": {"provider": "local"},
    }
    document.update(changes)
    return bson.encode({k: v for k, v in document.items() if v is not ...})


def write(target: str, name: str, data: bytes) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


def main() -> None:
    sealed = {name: ciphertext(1 if name in ("string", "int32") else 2, *parts(value)) for name, value in VALUES.items()}
    for name, blob in sealed.items():
        write("ciphertext", name, b"\x03" + blob)
    write("ciphertext", "as-it-is", b"\x00" + sealed["string"])
    write("ciphertext", "short", b"\x00" + sealed["string"][:40])
    for first in (0, 3, 4, 5, 6, 14, 17, 19):
        write("ciphertext", f"first-byte-{first}", b"\x00" + bytes([first]) + sealed["string"][1:])

    fields = {name: Binary(blob, 6) for name, blob in sealed.items()}
    write("document", "every-type", bson.encode(fields))
    write("document", "nested", bson.encode({"a": [{"b": fields["string"]}, [fields["int32"]]], "c": {"d": {"e": fields["double"]}}}))
    write("document", "plain", bson.encode({**VALUES, "max": MaxKey(), "null": None}))
    write("document", "not-a-ciphertext", bson.encode({"a": Binary(b"", 6), "b": Binary(b"\x13", 6), "c": Binary(b"\x00ab", 6)}))

    write("key_document", "whole", key_document())
    write("key_document", "version", key_document(version=0))
    write("key_document", "no-names", key_document(keyAltNames=...))
    write("key_document", "aws", key_document(masterKey={"provider": "aws", "region": "r", "key": "k", "endpoint": "e.x:1"}))
    write("key_document", "named", key_document(masterKey={"provider": "local:n"}))
    write("key_document", "kmip", key_document(masterKey={"provider": "kmip", "keyId": "1", "delegated": True}))

    aws = {"accessKeyId": "a", "secretAccessKey": "b", "sessionToken": "c"}
    azure = {"tenantId": "t", "clientId": "c", "clientSecret": "s", "identityPlatformEndpoint": "https://a.b:1/p?q"}
    gcp = {"email": "e", "privateKey": "AAEC", "endpoint": "a.b"}
    write("providers", "all", bson.encode({"aws": aws, "azure": azure, "gcp": gcp, "kmip": {"endpoint": "h:1"},
                                           "local": {"key": Binary(KEK, 0)}}))
    write("providers", "named", bson.encode({"aws:n_1": aws, "azure:x": {"accessToken": "t"}, "gcp:y": {"accessToken": "t"}}))
    write("providers", "on-demand", bson.encode({"aws": {}, "local": {"key": "A" * 128}}))


if __name__ == "__main__":
    main()
