"""Streams of bytes by label, and the keys that most files share. All are public test keys."""

from __future__ import annotations

import hashlib

KEY_LEN = 96


def stream(label: str, length: int) -> bytes:
    """SHA-256 of `fleproof/LABEL/0`, `fleproof/LABEL/1`, ... joined and cut."""
    blocks = range((length + 31) // 32)
    return b"".join(hashlib.sha256(f"fleproof/{label}/{i}".encode()).digest() for i in blocks)[:length]


def uuid(label: str) -> bytes:
    """A stream with the bits of a version 4 UUID."""
    raw = bytearray(stream(label, 16))
    raw[6] = 0x40 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return bytes(raw)


def changed(data: bytes, at: int, bit: int = 1) -> bytes:
    """One bit of one byte turned."""
    out = bytearray(data)
    out[at] ^= bit
    return bytes(out)


KEK = stream("local/kek", KEY_LEN)
OTHER_KEK = stream("other/kek", KEY_LEN)
DEK = stream("local/dek", KEY_LEN)
OTHER_DEK = stream("other/dek", KEY_LEN)
WRAP_IV = stream("local/iv", 16)
KEY_ID = uuid("csfle/uuid")
RANDOM_IV = stream("csfle/riv", 16)
