"""csfle_blobs.json: ciphertexts that are opened, refused, or left as they are."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.crypto import hmac_sha_256, hmac_sha_512
from generate.material import DEK, KEK, KEY_ID, OTHER_DEK, RANDOM_IV, WRAP_IV, changed
from generate.model import aead, fields, keydoc, value
from generate.refused import Refused
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Good": Flag("BASIC", "Ciphertexts that open.", "What others wrote cannot be read."),
    "ArbitraryIv": Flag(
        "LEGACY",
        "A deterministic ciphertext whose vector is not the derived one: opening does not derive it again.",
        "What others wrote cannot be read.",
    ),
    "BrokenValue": Flag(
        "MEMORY_SAFETY",
        "The tag is right, but what is inside is no value of the type.",
        "Bytes behind the value are read, or a broken document is handed on.",
    ),
    "LaxValue": Flag(
        "LEGACY",
        "Accepted though it could be refused: text that is no UTF-8, surplus elements behind the value.",
        "What others wrote cannot be read.",
    ),
    "ShortCiphertext": Flag(
        "MEMORY_SAFETY", "Ciphertexts that end early.", "Lengths turn negative, and memory behind the bytes is read."
    ),
    "ModifiedCiphertext": Flag(
        "AUTH_BYPASS",
        "Header, vector or tag changed.",
        "Whoever writes to the database changes what is read, or passes a value for another type.",
    ),
    "MacConstruction": Flag(
        "AUTH_BYPASS",
        "Tags that were computed almost right.",
        "The tag does not cover what it should, and nobody else can check it.",
    ),
    "Misaligned": Flag(
        "AUTH_BYPASS",
        "The tag is right, the body is no whole number of blocks.",
        "Bytes behind the body are decrypted.",
    ),
    "WrongKey": Flag("KEY_HANDLING", "The key document holds another key.", "Garbage is taken for a value."),
    "BadPadding": Flag(
        "AUTH_BYPASS", "The tag is right, the padding is not.", "More is dropped than there is, and lengths wrap."
    ),
    "LaxPadding": Flag("LEGACY", "The last byte of the padding is 0.", "What others wrote cannot be read."),
    "NotACiphertext": Flag(
        "INTEROPERABILITY",
        "Binaries of subtype 6 whose first byte is not that of a stored ciphertext stay as they are.",
        "Documents with such values cannot be read at all.",
    ),
}

FIELDS = {
    "blob": "input: payload of the binary of subtype 6 in {v: ...}",
    "key_document": "input: what the key vault holds, BSON",
    "check": "which check of the sealed part refuses: too_short, hmac, block_size, padding; absent where it was another",
    "asks": "output: is the key asked for?",
    "output_document": "output: the document after decryption, BSON",
}

KEYS = {"kek": KEK, "dek": DEK, "key_id": KEY_ID}
PROVIDERS = bson.document(bson.sub("local", bson.binary("key", KEK)))


def key_document(key_id: bytes, dek: bytes) -> bytes:
    return bson.document(*keydoc.local_elements(key_id, aead.wrap(KEK, WRAP_IV, dek)).values())


def compute(blob: bytes, key_document: bytes) -> dict[str, Any]:
    if blob[0] not in value.OPENED_KINDS:
        return {"asks": False, "output_document": bson.document(bson.binary("v", blob, 6))}
    asks = len(blob) > value.SEALED
    try:
        _, dek = keydoc.open_fed(key_document, blob[1:17], fields.read_providers(PROVIDERS)) if asks else (None, DEK)
        if dek is None:
            raise ValueError("the key is not local")
        kind, plain = value.open_value(blob, dek)
    except Refused as refused:
        refused.more["asks"] = asks
        raise
    return {"asks": asks, "output_document": bson.document(bson.element(kind, "v", plain))}


SET = VectorSet(
    "csfle_blobs.json", "ciphertexts: opened, refused, or left as they are", compute, FLAGS, "R-DEC-006", FIELDS, KEYS
)
GOOD_KEY = key_document(KEY_ID, DEK)


def _sealed(kind: int, plain: bytes, algorithm: int = value.RANDOM) -> bytes:
    """Sealed whatever the bytes are; the model's own `seal` refuses none too."""
    aad = value.associated(algorithm, KEY_ID, kind)
    return aad + aead.seal_padded(DEK, RANDOM_IV, aad, aead.pad(plain))


def _raw_padding(kind: int, padded: bytes) -> bytes:
    aad = value.associated(value.RANDOM, KEY_ID, kind)
    return aad + aead.seal_padded(DEK, RANDOM_IV, aad, padded)


INT = (42).to_bytes(4, "little")
TEXT = bson.text_value("hi")
GOOD = _sealed(bson.INT32, INT)
_WHOLE = Mend("give the ciphertext as it was sealed", {"blob": GOOD})


def _add(name: str, flag: str, blob: bytes, key: bytes = GOOD_KEY, mend: Mend | None = _WHOLE, **more: Any) -> None:
    SET.add(name, flag, mend=mend, blob=blob, key_document=key, **more)


_add("good-random-int32", "Good", GOOD)
_add("good-deterministic-string", "Good", value.seal(value.DETERMINISTIC, KEY_ID, DEK, bson.STRING, TEXT, b""))
_add("det-subtype-with-arbitrary-iv", "ArbitraryIv", _sealed(bson.STRING, TEXT, value.DETERMINISTIC))
_add("random-double", "Good", _sealed(bson.DOUBLE, bson.double("", 2.5)[2:]))
_add(
    "type-null-empty-plaintext",
    "LaxValue",
    _sealed(bson.NULL, b""),
    level="should",
    comment="zero bytes, for a type that has none",
)
_MENDED_VALUE = Mend("seal the bytes of one value of the type", {"blob": GOOD})
for _name, _kind, _plain in (
    ("neg-type-int32-empty-plaintext", bson.INT32, b""),
    ("neg-type-int32-3-bytes", bson.INT32, b"\1\2\3"),
    ("type-int32-5-bytes", bson.INT32, b"\1\2\3\4\5"),
    ("type-int32-8-bytes", bson.INT32, bytes(range(1, 9))),
    ("neg-type-int64-4-bytes", bson.INT64, INT),
    ("neg-string-bad-length", bson.STRING, b"\xff\0\0\0hi\0"),
    ("neg-string-no-nul", bson.STRING, b"\3\0\0\0hi!"),
    ("neg-string-zero-length", bson.STRING, b"\0\0\0\0\0"),
    ("neg-doc-bad-length", bson.DOCUMENT, b"\6\0\0\0\0"),
    ("neg-unknown-bson-type-0x20", 0x20, INT),
    ("bool-byte-2", bson.BOOL, b"\2"),
):
    _add(_name, "BrokenValue", _sealed(_kind, _plain), mend=_MENDED_VALUE)
_add("neg-bson-type-0", "BrokenValue", _sealed(0, INT), mend=_MENDED_VALUE, comment="no value has type 0")
_add("string-invalid-utf8", "LaxValue", _sealed(bson.STRING, bson.text_value(b"\xff")), level="should")
_add(
    "embedded-extra-element",
    "LaxValue",
    _sealed(bson.INT32, (7).to_bytes(4, "little") + bson.int32("", 8)),
    level="should",
    comment="only the first element counts",
)
for _n in (1, 17, 18, 19, 20, 50, 81):
    _add(f"neg-blob-len-{_n}", "ShortCiphertext", GOOD[:_n])
_add("neg-wrong-subtype-1", "ModifiedCiphertext", b"\1" + GOOD[1:], comment="the algorithm is authenticated")
_add("neg-type-byte-changed", "ModifiedCiphertext", GOOD[:17] + bytes([bson.INT64]) + GOOD[18:])
_add("neg-tag", "ModifiedCiphertext", changed(GOOD, len(GOOD) - 1))
_add("neg-iv", "ModifiedCiphertext", changed(GOOD, 18))
_add(
    "neg-uuid-changed",
    "ModifiedCiphertext",
    GOOD[:1] + bytes(16) + GOOD[17:],
    key_document(bytes(16), DEK),
    Mend("give the id that was sealed", {"blob": GOOD, "key_document": GOOD_KEY}),
    comment="the other id leads to the same data key",
)
_add(
    "neg-padding-17",
    "BadPadding",
    _raw_padding(bson.INT32, INT + bytes(11) + b"\x11"),
    mend=Mend("pad with at most one block", {"blob": GOOD}),
)
_add(
    "lax-padding-0",
    "LaxPadding",
    _raw_padding(bson.STRING, bson.text_value("abcdefghijk")),
    level="should",
    comment="the last byte is the end of the string",
)
_add(
    "other-dek",
    "WrongKey",
    GOOD,
    key_document(KEY_ID, OTHER_DEK),
    Mend("give the document of the key that sealed", {"key_document": GOOD_KEY}),
)

# --- defects of the sealed part, which only who has the key can make, or everybody ----------------------------------------

_AAD, _HEAD = GOOD[: value.SEALED], GOOD[value.SEALED : -aead.TAG]
_BITS = aead.bit_count(_AAD)
for _name, _tag in (
    ("without-AL", hmac_sha_512(DEK[:32], _AAD + _HEAD)[:32]),
    ("AL-in-bytes", hmac_sha_512(DEK[:32], _AAD + _HEAD + len(_AAD).to_bytes(8, "big"))[:32]),
    ("AL-little-endian", hmac_sha_512(DEK[:32], _AAD + _HEAD + _BITS[::-1])[:32]),
    ("AL-after-AAD", hmac_sha_512(DEK[:32], _AAD + _BITS + _HEAD)[:32]),
    ("aad-omitted", hmac_sha_512(DEK[:32], _HEAD + _BITS)[:32]),
    ("iv-omitted", hmac_sha_512(DEK[:32], _AAD + _HEAD[16:] + _BITS)[:32]),
    ("last-32-bytes", hmac_sha_512(DEK[:32], _AAD + _HEAD + _BITS)[32:]),
    ("sha256", hmac_sha_256(DEK[:32], _AAD + _HEAD + _BITS)),
    ("key-is-enc-key", hmac_sha_512(DEK[32:64], _AAD + _HEAD + _BITS)[:32]),
    ("whole", hmac_sha_512(DEK[:32], _AAD + _HEAD + _BITS)),
):
    _add(f"neg-mac-{_name}", "MacConstruction", _AAD + _HEAD + _tag)


def _misaligned(extra: int) -> bytes:
    head = _HEAD + bytes(extra)
    return _AAD + head + aead.tag(DEK, _AAD, head)


_add("neg-misaligned-1", "Misaligned", _misaligned(1))
_add("neg-misaligned-15", "Misaligned", _misaligned(15))
_add("neg-extra-byte", "ModifiedCiphertext", GOOD + b"\0")
_add("neg-extra-block", "ModifiedCiphertext", GOOD + bytes(16))
_add(
    "neg-truncated-tail", "ModifiedCiphertext", _sealed(bson.STRING, bson.text_value("forty characters, give or take a few"))[:-1]
)
_add("neg-body", "ModifiedCiphertext", changed(GOOD, value.SEALED + 16))
for _n in (18, 32, 128, 255):
    _add(f"neg-padding-{_n}", "BadPadding", _raw_padding(bson.INT32, INT + bytes(11) + bytes([_n])), mend=_MENDED_VALUE)
_add(
    "lax-padding-inconsistent",
    "LaxPadding",
    _raw_padding(bson.INT32, INT + bytes(11) + b"\x0c"),
    level="should",
    comment="12, with other bytes before it",
)
_add(
    "neg-padding-of-a-block-only",
    "BrokenValue",
    _raw_padding(bson.INT32, b"\x10" * 16),
    mend=_MENDED_VALUE,
    comment="opens to zero bytes",
)

for _first in (0, 3, 5, 8, 10, 12, 13, 18, 19, 255):
    _add(f"passthrough-subtype-{_first}", "NotACiphertext", bytes([_first]) + bytes(40), rule="R-DEC-001", mend=None)
