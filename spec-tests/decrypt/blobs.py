"""Prints the ciphertexts that the scenarios hold: a value sealed with the data key of a name, as docs/architecture.md names material.

    blobs.py det local-1 '"hello"'       deterministic, a value as extended JSON
    blobs.py rnd local-1 '{"a": 1}'      random, its initialisation vector being the stream NAME/value-iv
    blobs.py raw local-1 16 2a000000     random, a type byte and chosen plaintext bytes

It shares no code with the library or the runner, so the bytes are a second opinion.
"""
import argparse
import base64
import hashlib
import hmac
import struct

import bson
from bson import json_util
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK, TAG = 16, 32


def stream(label: str, length: int) -> bytes:
    """SHA-256 of fleproof/LABEL/0, /1, ... joined and cut."""
    blocks = (length + 31) // 32
    return b"".join(hashlib.sha256(f"fleproof/{label}/{n}".encode()).digest() for n in range(blocks))[:length]


def key_id(name: str) -> bytes:
    """The UUID of a name, with the bits of version 4."""
    raw = bytearray(stream(f"{name}/id", 16))
    raw[6] = 0x40 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return bytes(raw)


def sha512(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha512).digest()


def seal(kind: int, name: str, bson_type: int, plain: bytes) -> bytes:
    """Header, initialisation vector, sealed value and tag of one value."""
    key = stream(f"{name}/dek", 96)
    mac_key, enc_key, iv_key = key[:32], key[32:64], key[64:]
    header = bytes([kind]) + key_id(name) + bytes([bson_type])
    bits = struct.pack(">Q", 8 * len(header))
    iv = sha512(iv_key, header + bits + plain)[:BLOCK] if kind == 1 else stream(f"{name}/value-iv", BLOCK)
    padding = BLOCK - len(plain) % BLOCK
    cipher = Cipher(algorithms.AES(enc_key), modes.CBC(iv)).encryptor()
    sealed = cipher.update(plain + bytes([padding]) * padding) + cipher.finalize()
    return header + iv + sealed + sha512(mac_key, header + iv + sealed + bits)[:TAG]


def value_of(text: str) -> tuple[int, bytes]:
    """Type byte and value bytes of an extended JSON value."""
    options = json_util.JSONOptions(json_mode=json_util.JSONMode.CANONICAL)
    document = bson.encode({"": json_util.loads(text, json_options=options)})
    return document[4], document[6:-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["det", "rnd", "raw"])
    parser.add_argument("name")
    parser.add_argument("value", nargs="+")
    args = parser.parse_args()
    if args.kind == "raw":
        bson_type, plain = int(args.value[0]), bytes.fromhex("".join(args.value[1:]))
    else:
        bson_type, plain = value_of(args.value[0])
    blob = seal(1 if args.kind == "det" else 2, args.name, bson_type, plain)
    print(base64.b64encode(blob).decode())


if __name__ == "__main__":
    main()
