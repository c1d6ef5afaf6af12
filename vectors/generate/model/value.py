"""One BSON value: which algorithm may seal it, as which bytes, and what a ciphertext of it looks like."""

from __future__ import annotations

import struct

from generate import bson
from generate.model import aead
from generate.refused import Refused

DETERMINISTIC, RANDOM = 1, 2
ALGORITHMS = {"deterministic": DETERMINISTIC, "random": RANDOM}
NAMES = {DETERMINISTIC: "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic", RANDOM: "AEAD_AES_256_CBC_HMAC_SHA_512-Random"}

NEVER = {bson.UNDEFINED, bson.NULL, bson.MIN_KEY, bson.MAX_KEY}
RANDOM_ONLY = {bson.DOUBLE, bson.DOCUMENT, bson.ARRAY, bson.BOOL, bson.SCOPED_CODE, bson.DECIMAL}
SEALED = 18  # where the sealed part of a ciphertext begins
OPENED_KINDS = {1, 2}


def check_type(found: bson.Element, algorithm: int) -> None:
    """Only for values that a program gives; those of markings are not looked at."""
    name = bson.NAMES[found.kind]
    forbidden = found.kind in NEVER or (found.kind == bson.BINARY and found.binary()[0] == 6)
    if forbidden or (algorithm == DETERMINISTIC and found.kind in RANDOM_ONLY):
        raise Refused("VALUE_TYPE_REFUSED", "R-EXP-012", bson_type=name)


def _c_text(value: bytes) -> tuple[bytes, bytes]:
    """A string up to its first NUL, and what follows it."""
    n = 4 + struct.unpack_from("<i", value)[0]
    return bson.text_value(value[4 : n - 1].split(b"\0", 1)[0]), value[n:]


def normalise(found: bson.Element) -> bytes:
    if found.kind == bson.REGEX:
        pattern, options, _ = found.value.split(b"\0")
        return pattern + b"\0" + bytes(c for c in b"ilmsux" if c in options) + b"\0"
    if found.kind in (bson.CODE, bson.DB_POINTER):
        return b"".join(_c_text(found.value))
    if found.kind == bson.SCOPED_CODE:
        inside = b"".join(_c_text(found.value[4:]))
        return struct.pack("<i", len(inside) + 4) + inside
    return found.value


def associated(algorithm: int, key_id: bytes, kind: int) -> bytes:
    return bytes([algorithm]) + key_id + bytes([kind])


def seal(algorithm: int, key_id: bytes, dek: bytes, kind: int, plain: bytes, random_iv: bytes) -> bytes:
    aad = associated(algorithm, key_id, kind)
    iv = aead.derive_iv(dek, aad, plain) if algorithm == DETERMINISTIC else random_iv
    return aad + aead.seal(dek, iv, aad, plain)


def open_value(blob: bytes, dek: bytes) -> tuple[int, bytes]:
    """Type and bytes of the value. The order of checks is that of init and finalize."""
    if len(blob) < SEALED + 1:
        raise Refused("CIPHERTEXT_MALFORMED", "R-DEC-003", length=len(blob))
    kind = blob[SEALED - 1]
    if kind == 0:
        raise Refused("CIPHERTEXT_MALFORMED", "R-DEC-008")
    try:
        plain = aead.open_sealed(dek, blob[:SEALED], blob[SEALED:])
    except Refused as refused:
        rule = {"hmac": "R-DEC-006", "padding": "R-DEC-010", "block_size": "R-DEC-010"}.get(refused.check or "", refused.rule)
        facts = {"hmac": {"what": "value"}, "too_short": refused.facts}.get(refused.check or "", {})
        raise Refused(refused.error, rule, check=refused.check, **facts) from None
    try:
        first, *_ = bson.elements(bson.document(bson.element(kind, "", plain)))
    except bson.Malformed:
        raise Refused("CIPHERTEXT_MALFORMED", "R-DEC-009") from None
    return kind, first.value
