"""Markings: binaries of subtype 6 that begin with 0 and say what is to be encrypted, and the commands around them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from generate import bson
from generate.model import value
from generate.refused import Refused


@dataclass(frozen=True)
class Marking:
    found: bson.Element  # the value
    algorithm: int
    key_id: bytes | None
    name: bytes | None


def _invalid(rule: str, error: str = "MARKING_INVALID", **facts: str) -> Refused:
    return Refused(error, rule, check="marking", **facts)


def parse(payload: bytes) -> Marking:
    if len(payload) < 6:
        raise _invalid("R-VEC-020")
    try:
        found = list(bson.elements(payload[1:]))
    except bson.Malformed:
        raise _invalid("R-VEC-020", "BSON_INVALID") from None
    seen: dict[bytes, bson.Element] = {}
    for element in found:
        name, kind = element.name, element.kind
        if name == b"a" and kind != bson.INT32:
            raise _invalid("R-VEC-021")
        if name == b"a" and struct.unpack("<i", element.value)[0] not in value.NAMES:
            raise _invalid("R-VEC-021")
        if name == b"ki" and (kind != bson.BINARY or element.binary()[0] != 4 or len(element.binary()[1]) != 16):
            raise _invalid("R-VEC-021")
        if name == b"ka" and kind != bson.STRING:
            raise _invalid("R-VEC-021")
        if name not in (b"v", b"a", b"ki", b"ka"):
            raise _invalid("R-VEC-022", "FIELD_UNKNOWN", field=name.decode())
        seen[name] = element  # of a repeated field the last counts
    if b"v" not in seen:
        raise _invalid("R-VEC-023", "FIELD_REQUIRED")
    if (b"ki" in seen) == (b"ka" in seen):
        raise _invalid("R-VEC-023")
    if b"a" not in seen:
        raise _invalid("R-VEC-023", "FIELD_REQUIRED")
    return Marking(
        seen[b"v"],
        struct.unpack("<i", seen[b"a"].value)[0],
        seen[b"ki"].binary()[1] if b"ki" in seen else None,
        seen[b"ka"].text() if b"ka" in seen else None,
    )


def replace(document: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The document with every marking, at any depth of documents and arrays, in the order in which they stand, replaced."""
    out = []
    for found in bson.elements(document):
        kept = found.value
        if found.kind in (bson.DOCUMENT, bson.ARRAY):
            kept = replace(found.value, change)
        elif found.kind == bson.BINARY and found.binary()[0] == 6 and found.binary()[1][:1] == b"\0":
            kept = bson.binary_value(change(found.binary()[1]), 6)
        out.append(bytes([found.kind]) + found.name + b"\0" + kept)
    return bson.document(*out)


def encrypt_command(marked: bytes, key_id: bytes, names: tuple[bytes, ...], dek: bytes, random: bytes) -> bytes:
    """One key is in the vault, under `key_id` and `names`; each random vector takes the next 16 bytes."""
    left = [random]

    def change(payload: bytes) -> bytes:
        marking = parse(payload)
        if marking.key_id not in (None, key_id) or (marking.name is not None and marking.name not in names):
            raise Refused("KEY_DOC_UNEXPECTED", "R-KV-002", check="key")
        plain = value.normalise(marking.found)
        if not plain:
            raise Refused("VALUE_TYPE_REFUSED", "R-VEC-024", check="value", bson_type=bson.NAMES[marking.found.kind])
        iv = b""
        if marking.algorithm == value.RANDOM:
            iv, left[0] = left[0][:16], left[0][16:]
        return value.seal(marking.algorithm, key_id, dek, marking.found.kind, plain, iv)

    return replace(marked, change)
