"""AEAD_AES_256_CBC_HMAC_SHA_512 with a key of 96 bytes, and the wrapping of data keys that is made of it."""

from __future__ import annotations

from generate.crypto import cbc_decrypt, cbc_encrypt, hmac_sha_512
from generate.refused import Refused

BLOCK, TAG, KEY, SMALLEST = 16, 32, 96, 64


def bit_count(data: bytes) -> bytes:
    return (8 * len(data)).to_bytes(8, "big")


def pad(data: bytes) -> bytes:
    n = BLOCK - len(data) % BLOCK
    return data + bytes([n]) * n


def tag(key: bytes, aad: bytes, iv_and_body: bytes) -> bytes:
    return hmac_sha_512(key[:32], aad + iv_and_body + bit_count(aad))[:TAG]


def iv_input(aad: bytes, plain: bytes) -> bytes:
    return aad + bit_count(aad) + plain


def derive_iv(key: bytes, aad: bytes, plain: bytes) -> bytes:
    return hmac_sha_512(key[64:96], iv_input(aad, plain))[:BLOCK]


def seal_padded(key: bytes, iv: bytes, aad: bytes, padded: bytes) -> bytes:
    """Seals whole blocks as they are: how cases with a padding of their own are made."""
    iv_and_body = iv + cbc_encrypt(key[32:64], iv, padded)
    return iv_and_body + tag(key, aad, iv_and_body)


def seal(key: bytes, iv: bytes, aad: bytes, plain: bytes) -> bytes:
    if len(key) != KEY:
        raise Refused("KEY_MATERIAL_LENGTH", "R-VEC-001", check="key_length", length=len(key), want=KEY)
    if not plain:
        raise Refused("CIPHERTEXT_MALFORMED", "R-VEC-006", check="empty_plaintext", length=0)
    return seal_padded(key, iv, aad, pad(plain))


def open_sealed(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """The order of these checks can be seen from outside: of several defects the first in this order is told."""
    if len(sealed) < SMALLEST:
        raise Refused("CIPHERTEXT_MALFORMED", "R-VEC-002", check="too_short", length=len(sealed))
    if len(key) != KEY:
        raise Refused("KEY_MATERIAL_LENGTH", "R-VEC-001", check="key_length", length=len(key), want=KEY)
    iv_and_body, found = sealed[:-TAG], sealed[-TAG:]
    if tag(key, aad, iv_and_body) != found:
        raise Refused("AUTHENTICATION_FAILED", "R-VEC-003", check="hmac")
    if len(iv_and_body) % BLOCK:
        raise Refused("CIPHERTEXT_MALFORMED", "R-VEC-004", check="block_size")
    padded = cbc_decrypt(key[32:64], iv_and_body[:BLOCK], iv_and_body[BLOCK:])
    if padded[-1] > BLOCK:
        raise Refused("CIPHERTEXT_MALFORMED", "R-VEC-005", check="padding")
    return padded[: len(padded) - padded[-1]]  # a last byte of 0 drops nothing


def wrap(kek: bytes, iv: bytes, dek: bytes) -> bytes:
    if len(kek) != KEY:
        raise Refused("LOCAL_KEY_LENGTH", "R-OPT-004", check="kek_length", length=len(kek), want=KEY)
    return seal(kek, iv, b"", dek)


def unwrap(kek: bytes, wrapped: bytes) -> bytes:
    """Below 64 bytes this is R-KV-004, not a question of one value."""
    if len(kek) != KEY:
        raise Refused("LOCAL_KEY_LENGTH", "R-OPT-004", check="kek_length", length=len(kek), want=KEY)
    if len(wrapped) < SMALLEST:
        raise Refused("KEY_MATERIAL_LENGTH", "R-KV-004", check="too_short", length=len(wrapped))
    dek = open_sealed(kek, b"", wrapped)
    if len(dek) != KEY:
        raise Refused("KEY_MATERIAL_LENGTH", "R-KV-010", check="dek_length", length=len(dek), want=KEY)
    return dek
