"""key_documents.json: documents of the key vault that are fed while one key is missing and all five providers are configured."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.bson import document, int32, sub, text
from generate.material import DEK, KEK, KEY_ID, WRAP_IV, stream
from generate.model import aead, fields, keydoc, value
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Accepted": Flag("BASIC", "What a key document has and may have.", "Keys that others made cannot be used."),
    "FieldMissing": Flag("BASIC", "One of the six fields is missing.", "The defect is found when the key is used, or never."),
    "FieldType": Flag("MEMORY_SAFETY", "A field of another type, subtype or length.", "Memory is read as what it is not."),
    "FieldUnknown": Flag("BASIC", "A field that key documents do not have.", "What a later version means is ignored."),
    "Names": Flag("BASIC", "Alternate names.", "Keys are not found by their names, or two keys share one."),
    "Version": Flag("INTEROPERABILITY", "The version, which is 0.", "A document of a later version is read as one of this."),
    "NotWanted": Flag("KEY_HANDLING", "A document that nobody asked for.", "Who answers the question chooses the key."),
    "MasterKey": Flag(
        "BASIC", "The fields of each provider's master key.", "The data key is sent to the wrong service, or to none."
    ),
    "ProviderId": Flag("KEY_HANDLING", "The id of the provider.", "The data key is opened by the key of somebody else."),
    "Delegated": Flag(
        "MEMORY_SAFETY",
        "Key material of a KMIP server that wraps by itself: a vector of 16 bytes comes first.",
        "Lengths turn negative, and memory behind the bytes is read.",
    ),
}

FIELDS = {
    "document": "input: the key document, BSON",
    "opened_by": "output: local, or kms: a service is asked next",
    "check": "which check of the wrapped key refuses; absent where it was another",
    "encrypted": "output: {v: 42} deterministically encrypted by the data key, BSON; absent with kms",
}

PROVIDERS = document(
    sub("aws", text("accessKeyId", "a"), text("secretAccessKey", "b")),
    sub("azure", text("accessToken", "t")),
    sub("gcp", text("accessToken", "t")),
    sub("kmip", text("endpoint", "localhost")),
    sub("local", bson.binary("key", KEK)),
)
KEYS = {"kek": KEK, "key_id": KEY_ID, "providers": PROVIDERS}


def compute(document: bytes) -> dict[str, Any]:
    _, dek = keydoc.open_fed(document, KEY_ID, fields.read_providers(PROVIDERS))
    if dek is None:
        return {"opened_by": "kms"}
    blob = value.seal(value.DETERMINISTIC, KEY_ID, dek, bson.INT32, (42).to_bytes(4, "little"), b"")
    return {"opened_by": "local", "encrypted": bson.document(bson.binary("v", blob, 6))}


SET = VectorSet(
    "key_documents.json", "documents of the key vault, fed while one key is missing", compute, FLAGS, "R-KEY-001", FIELDS, KEYS
)
WRAPPED = aead.wrap(KEK, WRAP_IV, DEK)


def _names(*names: str | None) -> bytes:
    return bson.array(
        "keyAltNames", [(bson.STRING, bson.text_value(n)) if n is not None else (bson.INT32, b"\1\0\0\0") for n in names]
    )


def _document(*added: bytes, without: str | None = None, names: bytes | None = None, **exchanged: bytes | None) -> bytes:
    """The document with elements taken out, exchanged in their places, and added at the end."""
    elements = keydoc.local_elements(KEY_ID, WRAPPED, names)
    for name, item in exchanged.items():
        key = "_id" if name == "id" else name
        if item is None:
            raise ValueError(name)
        elements[key] = item
    if without is not None:
        del elements[without]
    return document(*elements.values(), *added)


GOOD = _document()


def _add(name: str, flag: str, doc: bytes, text_: str, **more: Any) -> None:
    SET.add(name, flag, mend=Mend(text_, {"document": GOOD}), document=doc, **more)


_PLAIN = "leave it as libraries write it"
_add("ok-local", "Accepted", GOOD, _PLAIN)
_add("ok-altnames", "Names", _document(names=_names("a", "b")), _PLAIN, rule="R-KEY-007")
_add("ok-altnames-empty", "Names", _document(names=_names()), _PLAIN, rule="R-KEY-007")
_add("ok-version-int32-0", "Version", _document(int32("version", 0)), _PLAIN, rule="R-KEY-008")
_add("ok-version-int64-0", "Version", _document(bson.int64("version", 0)), _PLAIN, rule="R-KEY-008")
_VERSION = "leave out the version, or make it 0"
_add("neg-version-1", "Version", _document(int32("version", 1)), _VERSION)
_add("neg-version-double", "Version", _document(bson.double("version", 0.0)), _VERSION)
_add("ok-status-1", "Accepted", _document(status=int32("status", 1)), _PLAIN, rule="R-KEY-006")
_add(
    "ok-status-string",
    "Accepted",
    _document(text("status", "x"), without="status"),
    _PLAIN,
    rule="R-KEY-006",
    comment="it only has to be there",
)
for _field in ("_id", "keyMaterial", "creationDate", "updateDate", "status", "masterKey"):
    _add(f"neg-missing-{_field}", "FieldMissing", _document(without=_field), "put the field back")
_ID = "give 16 bytes of subtype 4"
_add("neg-id-subtype-0", "FieldType", _document(bson.binary("_id", KEY_ID), without="_id"), _ID)
_add("neg-id-subtype-3", "FieldType", _document(bson.binary("_id", KEY_ID, 3), without="_id"), _ID)
_add("neg-id-15-bytes", "FieldType", _document(bson.binary("_id", KEY_ID[:15], 4), without="_id"), _ID)
_add("neg-id-17-bytes", "FieldType", _document(bson.binary("_id", KEY_ID + b"\0", 4), without="_id"), _ID)
_add("neg-id-string", "FieldType", _document(text("_id", "x"), without="_id"), _ID)
_add(
    "neg-id-other",
    "NotWanted",
    _document(id=bson.binary("_id", bytes(16), 4)),
    "give the document of the key that is missing",
    comment="well formed, but nobody asked for it",
)
_MATERIAL = "give the wrapped key as a binary of subtype 0"
_add(
    "neg-keymaterial-subtype-6", "FieldType", _document(bson.binary("keyMaterial", WRAPPED, 6), without="keyMaterial"), _MATERIAL
)
_add("neg-keymaterial-string", "FieldType", _document(text("keyMaterial", "x"), without="keyMaterial"), _MATERIAL)
_add("neg-keymaterial-garbage", "FieldType", _document(keyMaterial=bson.binary("keyMaterial", bytes(160))), _MATERIAL)
_NAMES = "give different strings in an array"
_add("neg-altnames-duplicate", "Names", _document(names=_names("a", "a")), _NAMES)
_add("neg-altnames-int", "Names", _document(_names(None)), _NAMES)
_add("neg-altnames-string", "Names", _document(text("keyAltNames", "a")), _NAMES)
_DATE = "give a date"
_add("neg-date-int64", "FieldType", _document(bson.int64("creationDate", 0), without="creationDate"), _DATE)
_add(
    "neg-updatedate-timestamp",
    "FieldType",
    _document(bson.element(bson.TIMESTAMP, "updateDate", bytes(8)), without="updateDate"),
    _DATE,
)
_add("neg-unknown-field", "FieldUnknown", _document(int32("x", 1)), "leave out the field")
_add("neg-masterkey-string", "FieldType", _document(masterKey=text("masterKey", "local")), "give a document with provider")
_add("neg-empty-document", "FieldMissing", document(), "give the key document")


def _master(name: str, *elements: bytes, flag: str = "MasterKey", material: bytes = WRAPPED, **more: Any) -> None:
    doc = _document(masterKey=sub("masterKey", *elements), keyMaterial=bson.binary("keyMaterial", material))
    _add(name, flag, doc, "name a known provider, with its fields and no other", **more)


AWS, KEY, REGION = text("provider", "aws"), text("key", "k"), text("region", "r")
AZURE, VAULT, KEY_NAME = text("provider", "azure"), text("keyVaultEndpoint", "v.vault.azure.net"), text("keyName", "n")
GCP = text("provider", "gcp")
GCP_FIELDS = {"projectId": "p", "location": "l", "keyRing": "r", "keyName": "n"}
KMIP, SERVER_KEY = text("provider", "kmip"), text("keyId", "1")
DELEGATED = "1.12.0"

_master("masterkey-ok-aws", AWS, REGION, KEY)
_master("masterkey-ok-aws-endpoint", AWS, REGION, KEY, text("endpoint", "a.b:1"))
_master("masterkey-neg-aws-no-region", AWS, KEY)
_master("masterkey-neg-aws-no-key", AWS, REGION)
_master("masterkey-neg-aws-extra", AWS, REGION, KEY, text("x", "y"))
_master("masterkey-neg-aws-endpoint-nodot", AWS, REGION, KEY, text("endpoint", "localhost"))
_master("masterkey-neg-aws-region-int", AWS, int32("region", 1), KEY)
_master("masterkey-ok-azure", AZURE, VAULT, KEY_NAME)
_master("masterkey-ok-azure-version", AZURE, VAULT, KEY_NAME, text("keyVersion", "1"))
_master("masterkey-neg-azure-no-endpoint", AZURE, KEY_NAME)
_master("masterkey-neg-azure-no-name", AZURE, VAULT)
_master("masterkey-neg-azure-extra", AZURE, VAULT, KEY_NAME, text("region", "r"))
_master("masterkey-ok-gcp", GCP, *(text(name, content) for name, content in GCP_FIELDS.items()))
_master(
    "masterkey-ok-gcp-full",
    GCP,
    *(text(name, content) for name, content in GCP_FIELDS.items()),
    text("keyVersion", "1"),
    text("endpoint", "a.b"),
)
for _left_out in GCP_FIELDS:
    _master(
        f"masterkey-neg-gcp-no-{_left_out}",
        GCP,
        *(text(name, content) for name, content in GCP_FIELDS.items() if name != _left_out),
    )
_master("masterkey-ok-kmip", KMIP, SERVER_KEY)
_master("masterkey-ok-kmip-endpoint-nodot", KMIP, SERVER_KEY, text("endpoint", "localhost:1"))
for _word, _is in (("true", True), ("false", False)):
    _master(
        f"masterkey-ok-kmip-delegated-{_word}",
        KMIP,
        SERVER_KEY,
        bson.boolean("delegated", _is),
        flag="Delegated",
        since=DELEGATED,
    )
_master("masterkey-neg-kmip-delegated-int", KMIP, SERVER_KEY, int32("delegated", 1), flag="Delegated", since=DELEGATED)
_master("masterkey-neg-kmip-no-keyid", KMIP)
_master("masterkey-neg-kmip-keyid-int", KMIP, int32("keyId", 1))
for _n in (0, 10, 15, 16, 17, 32, 128):
    _kind = "neg" if _n < 16 else "len"
    _master(
        f"{_kind}-kmip-delegated-km-{_n}",
        KMIP,
        SERVER_KEY,
        bson.boolean("delegated", True),
        flag="Delegated",
        material=stream("kmip/wrapped", 128)[:_n],
        since=DELEGATED,
    )
_master("masterkey-neg-local-extra", text("provider", "local"), text("key", "x"))
_master("masterkey-neg-no-provider", text("x", "y"))
_master("masterkey-neg-provider-int", int32("provider", 1))
_master("masterkey-neg-provider-unknown", text("provider", "ibm"), flag="ProviderId")
_master("masterkey-neg-provider-empty", text("provider", ""), flag="ProviderId", level="should")
_master("masterkey-neg-provider-prefix-l", text("provider", "l"), flag="ProviderId", level="should")
_master("masterkey-neg-provider-named-unconfigured", text("provider", "local:n1"), flag="ProviderId", since="1.9.0")
_master("masterkey-neg-provider-case", text("provider", "Local"), flag="ProviderId")
