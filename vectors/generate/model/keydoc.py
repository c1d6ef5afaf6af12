"""Documents of the key vault: what is in them, which are refused, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from generate import bson
from generate.model import aead, fields
from generate.refused import Refused

REQUIRED = ("_id", "masterKey", "keyMaterial", "status", "creationDate", "updateDate")  # the order in which one is missed


@dataclass(frozen=True)
class KeyDocument:
    key_id: bytes
    names: tuple[bytes, ...]
    material: bytes
    provider: str
    kind: str
    master_key: dict[str, bytes | str]


def _names(found: bson.Element) -> tuple[bytes, ...]:
    refusal = Refused("KEY_DOC_INVALID", "R-KEY-007", field="keyAltNames")
    if found.kind != bson.ARRAY:
        raise refusal
    items = list(bson.elements(found.value))
    texts = [item.text() for item in items if item.kind == bson.STRING]
    if len(texts) != len(items) or len(set(texts)) != len(texts):
        raise refusal
    return tuple(texts)


def _check(name: str, found: bson.Element) -> None:
    """What is wrong with one field by itself."""
    rule, good = "", True
    if name == "_id":
        rule, good = "R-KEY-003", found.kind == bson.BINARY and found.binary()[0] == 4 and len(found.binary()[1]) == 16
    elif name == "keyMaterial":
        rule, good = "R-KEY-004", found.kind == bson.BINARY and found.binary()[0] == 0
    elif name in ("creationDate", "updateDate"):
        rule, good = "R-KEY-005", found.kind == bson.DATE
    elif name == "version":
        rule, good = "R-KEY-008", found.kind in (bson.INT32, bson.INT64) and not any(found.value)
    elif name == "masterKey":
        rule, good = "R-KEY-010", found.kind == bson.DOCUMENT
    elif name not in ("status", "keyAltNames"):
        raise Refused("FIELD_UNKNOWN", "R-KEY-009", field=name)
    if not good:
        raise Refused("KEY_DOC_INVALID", rule, field=name)


def parse(document: bytes) -> KeyDocument:
    names: tuple[bytes, ...] = ()
    master: tuple[str, str, dict[str, bytes | str]] = ("", "", {})
    seen: dict[str, bson.Element] = {}
    for found in bson.elements(document):
        name = found.name.decode()
        _check(name, found)
        if name == "keyAltNames":
            names = _names(found)
        elif name == "masterKey":
            master = fields.read_master_key(found.value, fields.OF_KEY_DOCUMENT)
        seen[name] = found
    for name in REQUIRED:
        if name not in seen:
            raise Refused("FIELD_REQUIRED", "R-KEY-002", field=name, got="absent")
    return KeyDocument(seen["_id"].binary()[1], names, seen["keyMaterial"].binary()[1], *master)


def open_fed(document: bytes, wanted: bytes, providers: dict[str, dict[str, bytes | str]]) -> tuple[KeyDocument, bytes | None]:
    """A document that is fed while the key `wanted` is missing. The data key is None where a service has to open it."""
    key = parse(document)
    if key.key_id != wanted:
        raise Refused("KEY_DOC_UNEXPECTED", "R-KV-002")
    if key.provider not in providers:
        raise Refused("PROVIDER_NOT_CONFIGURED", "R-KV-003", provider=key.provider)
    if key.kind == "kmip" and "keyId" not in key.master_key:
        raise Refused("FIELD_REQUIRED", "R-KV-005", field="keyId", got="absent")
    if key.master_key.get("delegated") == b"\1" and len(key.material) < aead.BLOCK:
        raise Refused("KEY_MATERIAL_LENGTH", "R-VEC-013", length=len(key.material))
    if key.kind != "local":
        return key, None
    kek = providers[key.provider]["key"]
    if not isinstance(kek, bytes):
        raise TypeError(kek)
    try:
        return key, aead.unwrap(kek, key.material)
    except Refused as refused:
        rule = refused.rule if refused.rule.startswith("R-KV") else "R-KV-004"
        facts = {name: value for name, value in refused.facts.items() if name in ("length", "want")}
        if refused.error == "AUTHENTICATION_FAILED":
            facts = {"what": "data_key"}
        raise Refused(refused.error, rule, check=refused.check, **facts) from None


def local_elements(key_id: bytes, material: bytes, names: bytes | None = None, ms: int = 1600000000000) -> dict[str, bytes]:
    """Elements by name, in the order in which libraries write them."""
    out = {"_id": bson.binary("_id", key_id, 4)}
    if names is not None:
        out["keyAltNames"] = names
    return out | {
        "keyMaterial": bson.binary("keyMaterial", material),
        "creationDate": bson.date("creationDate", ms),
        "updateDate": bson.date("updateDate", ms),
        "status": bson.int32("status", 0),
        "masterKey": bson.sub("masterKey", bson.text("provider", "local")),
    }
