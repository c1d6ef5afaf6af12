"""csfle_values.json: a value of every type, explicitly encrypted by both algorithms."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.material import DEK, KEK, KEY_ID, RANDOM_IV, WRAP_IV
from generate.model import aead, keydoc, value
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Value": Flag(
        "BASIC", "A value of this type, sealed and opened.", "Values of the type are lost, or come back as another type."
    ),
    "TypeRefused": Flag(
        "CONFIDENTIALITY",
        "Types that the algorithm must not seal.",
        "Equal ciphertexts of few possible values tell the values; types without bytes seal nothing.",
    ),
    "Normalised": Flag(
        "INTEROPERABILITY",
        "Values with several spellings: options of regular expressions, text behind a NUL in code.",
        "Deterministic ciphertexts of equal values differ, and queries find nothing.",
    ),
    "EmbeddedNul": Flag("INTEROPERABILITY", "Texts with a NUL inside, which stay whole.", "Values are cut."),
}

FIELDS = {
    "algorithm": "input: deterministic or random",
    "document": "input: the message {v: value}, BSON",
    "random": "input: what the random source gives; the first 16 bytes are the vector of a random value",
    "bson_type": "output: the type byte",
    "plaintext": "output: the bytes that are sealed",
    "normalised": "output: do they differ from the bytes of the value?",
    "aad": "output: the associated data, which is the header of the ciphertext",
    "iv": "output",
    "blob": "output: the ciphertext, payload of the binary of subtype 6",
    "output_document": "output: {v: ciphertext}, BSON",
    "opened_document": "output: what decrypting the output gives, BSON",
}

KEYS = {
    "kek": KEK,
    "dek": DEK,
    "key_id": KEY_ID,
    "wrap_iv": WRAP_IV,
    "key_document": bson.document(*keydoc.local_elements(KEY_ID, aead.wrap(KEK, WRAP_IV, DEK)).values()),
}


def compute(algorithm: str, document: bytes, random: bytes) -> dict[str, Any]:
    number = value.ALGORITHMS[algorithm]
    found = bson.find(document, "v")
    if found is None:
        raise ValueError("the message has no v")
    value.check_type(found, number)
    plain = value.normalise(found)
    blob = value.seal(number, KEY_ID, DEK, found.kind, plain, random[:16])
    kind, opened = value.open_value(blob, DEK)
    return {
        "bson_type": found.kind,
        "plaintext": plain,
        "normalised": plain != found.value,
        "aad": blob[: value.SEALED],
        "iv": blob[value.SEALED : value.SEALED + 16],
        "blob": blob,
        "output_document": bson.document(bson.binary("v", blob, 6)),
        "opened_document": bson.document(bson.element(kind, "v", opened)),
    }


SET = VectorSet(
    "csfle_values.json", "a value of every BSON type, explicitly encrypted", compute, FLAGS, "R-EXP-014", FIELDS, KEYS
)

_OID = bytes.fromhex("507f1f77bcf86cd799439011")
_SUB = bson.document(bson.int32("0", 1), bson.text("1", "z"))
_SCOPE = bson.text_value("x=y") + bson.document(bson.int32("y", 1))
_CUT_SCOPE = bson.text_value("a\0b") + bson.document()


def _le(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little", signed=number < 0)


def _scoped(inside: bytes) -> bytes:
    return _le(len(inside) + 4, 4) + inside


_VALUES: tuple[tuple[str, int, bytes, str], ...] = (
    ("double-1.5", bson.DOUBLE, bson.double("", 1.5)[2:], "Value"),
    ("double-neg0", bson.DOUBLE, bson.double("", -0.0)[2:], "Value"),
    ("double-nan", bson.DOUBLE, bytes(6) + b"\xf8\x7f", "Value"),
    ("string-hello", bson.STRING, bson.text_value("hello"), "Value"),
    ("string-empty", bson.STRING, bson.text_value(""), "Value"),
    ("string-utf8", bson.STRING, bson.text_value("hé€\U0001f600"), "Value"),
    ("string-embedded-nul", bson.STRING, bson.text_value("a\0b"), "EmbeddedNul"),
    ("string-len11-block", bson.STRING, bson.text_value("elevenchars"), "Value"),
    ("document", bson.DOCUMENT, bson.document(bson.int32("a", 1), bson.text("b", "x")), "Value"),
    ("document-empty", bson.DOCUMENT, bson.document(), "Value"),
    ("document-nested", bson.DOCUMENT, bson.document(bson.sub("a", bson.element(bson.ARRAY, "b", _SUB))), "Value"),
    ("array", bson.ARRAY, bson.document(bson.int32("0", 1), bson.int32("1", 2)), "Value"),
    ("array-empty", bson.ARRAY, bson.document(), "Value"),
    ("array-nonstandard-keys", bson.ARRAY, bson.document(bson.int32("x", 1)), "Value"),
    ("binary-00", bson.BINARY, bson.binary_value(b"\1\2\3"), "Value"),
    ("binary-00-empty", bson.BINARY, bson.binary_value(b""), "Value"),
    ("binary-04-uuid", bson.BINARY, bson.binary_value(bytes(range(16)), 4), "Value"),
    ("binary-02", bson.BINARY, bson.binary_value(_le(3, 4) + b"abc", 2), "Value"),
    ("binary-80", bson.BINARY, bson.binary_value(b"user", 0x80), "Value"),
    ("binary-05-md5", bson.BINARY, bson.binary_value(bytes(16), 5), "Value"),
    ("binary-06", bson.BINARY, bson.binary_value(b"\1abc", 6), "Value"),
    ("undefined", bson.UNDEFINED, b"", "Value"),
    ("objectid", bson.OBJECT_ID, _OID, "Value"),
    ("bool-true", bson.BOOL, b"\1", "Value"),
    ("bool-false", bson.BOOL, b"\0", "Value"),
    ("date", bson.DATE, _le(1600000000000, 8), "Value"),
    ("date-negative", bson.DATE, _le(-1, 8), "Value"),
    ("null", bson.NULL, b"", "Value"),
    ("regex", bson.REGEX, b"^a\0i\0", "Value"),
    ("regex-unsorted-options", bson.REGEX, b"^a\0xi\0", "Normalised"),
    ("regex-unknown-options", bson.REGEX, b"^a\0qiz\0", "Normalised"),
    ("regex-repeated-options", bson.REGEX, b"^a\0xxi\0", "Normalised"),
    ("regex-all-options", bson.REGEX, b"^a\0xusmli\0", "Normalised"),
    ("regex-no-options", bson.REGEX, b"^a\0\0", "Value"),
    ("dbpointer", bson.DB_POINTER, bson.text_value("db.c") + _OID, "Value"),
    ("dbpointer-embedded-nul", bson.DB_POINTER, bson.text_value("d\0b") + _OID, "Normalised"),
    ("code", bson.CODE, bson.text_value("x=1"), "Value"),
    ("code-embedded-nul", bson.CODE, bson.text_value("a\0b"), "Normalised"),
    ("symbol", bson.SYMBOL, bson.text_value("sym"), "Value"),
    ("symbol-embedded-nul", bson.SYMBOL, bson.text_value("a\0b"), "EmbeddedNul"),
    ("codewscope", bson.SCOPED_CODE, _scoped(_SCOPE), "Value"),
    ("codewscope-embedded-nul", bson.SCOPED_CODE, _scoped(_CUT_SCOPE), "Normalised"),
    ("int32-0", bson.INT32, _le(0, 4), "Value"),
    ("int32-42", bson.INT32, _le(42, 4), "Value"),
    ("int32-min", bson.INT32, _le(-(2**31), 4), "Value"),
    ("timestamp", bson.TIMESTAMP, _le(7, 4) + _le(1600000000, 4), "Value"),
    ("int64-42", bson.INT64, _le(42, 8), "Value"),
    ("int64-max", bson.INT64, _le(2**63 - 1, 8), "Value"),
    ("decimal128-1", bson.DECIMAL, b"\1" + bytes(13) + b"\x40\x30", "Value"),
    ("minkey", bson.MIN_KEY, b"", "Value"),
    ("maxkey", bson.MAX_KEY, b"", "Value"),
)

_SEALABLE = bson.document(bson.int32("v", 42))


def _refused(kind: int, content: bytes, algorithm: str) -> bool:
    """For the choice of the flag only: whether a case is refused is computed where everything is."""
    return kind in value.NEVER or content[4:5] == b"\6" or (algorithm == "deterministic" and kind in value.RANDOM_ONLY)


for _name, _kind, _content, _flag in _VALUES:
    for _algorithm, _short in (("deterministic", "det"), ("random", "rnd")):
        _chosen = "TypeRefused" if _refused(_kind, _content if _kind == bson.BINARY else b"", _algorithm) else _flag
        SET.add(
            f"{_name}-{_short}",
            _chosen,
            rule="R-EXP-019" if _chosen == "Normalised" else None,
            mend=Mend("seal a value of a type that the algorithm takes", {"document": _SEALABLE}),
            algorithm=_algorithm,
            document=bson.document(bson.element(_kind, "v", _content)),
            random=RANDOM_IV,
        )
