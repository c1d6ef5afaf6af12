"""aead_fle1.json: sealing and opening values, without the header of a ciphertext."""

from __future__ import annotations

from typing import Any

from generate import crypto
from generate.material import KEY_LEN, changed, stream, uuid
from generate.model import aead
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Published": Flag(
        "WRONG_PRIMITIVE",
        "The example of draft-mcgrew-aead-aes-cbc-hmac-sha2-05, section 5.4; the key of MongoDB has 32 more bytes.",
        "No other implementation opens what this one seals.",
    ),
    "Length": Flag(
        "BASIC",
        "Lengths of the value around whole blocks.",
        "Padding is left out or doubled, or bytes behind the value are sealed.",
    ),
    "AssociatedDataLength": Flag(
        "BASIC",
        "Lengths of the associated data: the tag counts its bits, in eight bytes, big-endian, at the end.",
        "Values with a header of another length do not open elsewhere.",
    ),
    "Pattern": Flag(
        "BASIC",
        "Keys and initialisation vectors of zeros, ones and a counter.",
        "Parts of the key are exchanged without being noticed.",
    ),
    "DeterministicIv": Flag(
        "INTEROPERABILITY",
        "The initialisation vector is derived from the value; here the count stands behind the associated data.",
        "Equal values give different ciphertexts, so that queries find nothing; or different ones give equal vectors.",
    ),
    "ShortCiphertext": Flag(
        "MEMORY_SAFETY", "Less than vector, one block and tag.", "Lengths turn negative, and memory behind the bytes is read."
    ),
    "ModifiedCiphertext": Flag(
        "AUTH_BYPASS",
        "Vector, body or tag changed, cut, lengthened or exchanged.",
        "Whoever writes to the database changes what is read.",
    ),
    "WrongAssociatedData": Flag(
        "AUTH_BYPASS",
        "Another header than that which was sealed.",
        "A ciphertext is moved to another key or passed for another type.",
    ),
    "WrongKey": Flag(
        "KEY_HANDLING",
        "Keys that differ in one part.",
        "Values open under keys that are not theirs, or not under those that are.",
    ),
    "KeyLength": Flag("KEY_HANDLING", "Keys that are not 96 bytes.", "Memory behind the key is read and becomes part of it."),
    "MacConstruction": Flag(
        "AUTH_BYPASS",
        "Tags that were computed almost right.",
        "The tag does not cover what it should, and nobody else can check it.",
    ),
    "BadPadding": Flag(
        "AUTH_BYPASS",
        "The tag is right, the last byte of the padding is above 16.",
        "More is dropped than there is, and lengths wrap.",
    ),
    "LaxPadding": Flag(
        "LEGACY",
        "Only the last byte of the padding is read, and 0 drops nothing. Strict PKCS#7 refuses these; deployed libraries open them.",
        "Data that opened so far does not open any more. The tag is checked first, so nobody learns from it.",
    ),
    "Misaligned": Flag(
        "AUTH_BYPASS",
        "The body is no whole number of blocks.",
        "The tag must be checked first: an error that tells the length to who has no key is an oracle.",
    ),
    "EmptyPlaintext": Flag("LEGACY", "No value has zero bytes.", "A ciphertext that says nothing is stored."),
}

FIELDS = {
    "op": "encrypt, decrypt, deterministic_iv",
    "key": "input: 96 bytes, for MAC, encryption and vectors 32 each",
    "iv": "input of encrypt, output of deterministic_iv",
    "aad": "input: associated data; null: the caller passes none, which is the same as empty",
    "plaintext": "input of encrypt and deterministic_iv, output of decrypt",
    "ciphertext": "vector, body and tag: output of encrypt and deterministic_iv, input of decrypt",
    "mac_input": "output: what the vector is derived from",
    "check": "which check refuses: too_short, key_length, hmac, block_size, padding, empty_plaintext",
}

KEY, IV, UUID = stream("aead/key", KEY_LEN), stream("aead/iv", 16), uuid("aead/uuid")
AAD = b"\2" + UUID + b"\x10"
VALUE = (42).to_bytes(4, "little")


def compute(
    op: str, key: bytes, aad: bytes | None, iv: bytes = b"", plaintext: bytes = b"", ciphertext: bytes = b""
) -> dict[str, Any]:
    given = aad or b""
    match op:
        case "encrypt":
            return {"ciphertext": aead.seal(key, iv, given, plaintext)}
        case "decrypt":
            return {"plaintext": aead.open_sealed(key, given, ciphertext)}
        case "deterministic_iv":
            derived = aead.derive_iv(key, given, plaintext)
            return {
                "mac_input": aead.iv_input(given, plaintext),
                "iv": derived,
                "ciphertext": aead.seal(key, derived, given, plaintext),
            }
    raise ValueError(f"no operation {op}")


SET = VectorSet(
    "aead_fle1.json", "sealing and opening of values, without the header of a ciphertext", compute, FLAGS, "R-VEC-011", FIELDS
)
GOOD = aead.seal(KEY, IV, AAD, VALUE)
LONG = aead.seal(KEY, IV, AAD, stream("aead/long", 40))


def _seal(name: str, flag: str, plain: bytes, aad: bytes | None = AAD, key: bytes = KEY, iv: bytes = IV, **more: Any) -> None:
    SET.add(name, flag, op="encrypt", key=key, iv=iv, aad=aad, plaintext=plain, **more)


def _open(
    name: str, flag: str, sealed: bytes, aad: bytes | None = AAD, key: bytes = KEY, mend: Mend | None = None, **more: Any
) -> None:
    SET.add(name, flag, mend=mend, op="decrypt", key=key, aad=aad, ciphertext=sealed, **more)


def _bad(name: str, flag: str, sealed: bytes, good: bytes = GOOD, **more: Any) -> None:
    _open(name, flag, sealed, mend=Mend("give the bytes that were sealed", {"ciphertext": good}), **more)


# --- what is sealed ---------------------------------------------------------------------------------------------------

DRAFT_KEY = bytes(range(64)) + bytes(32)
DRAFT_IV = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
DRAFT_AAD = b"The second principle of Auguste Kerckhoffs"
DRAFT_TEXT = b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience"
DRAFT_SEALED = aead.seal(DRAFT_KEY, DRAFT_IV, DRAFT_AAD, DRAFT_TEXT)

_seal("mcgrew-05-5.4", "Published", DRAFT_TEXT, DRAFT_AAD, DRAFT_KEY, DRAFT_IV)
_open("mcgrew-05-5.4-decrypt", "Published", DRAFT_SEALED, DRAFT_AAD, DRAFT_KEY)
_open(
    "mcgrew-05-5.4-ivkey-irrelevant",
    "Published",
    DRAFT_SEALED,
    DRAFT_AAD,
    DRAFT_KEY[:64] + b"\xff" * 32,
    comment="bytes 64 to 95 of the key take no part in opening",
)

for _n in (*range(1, 50), 63, 64, 65, 96, 100, 127, 128, 255, 256, 1000):
    _seal(f"seal-aad18-len{_n}", "Length", stream(f"aead/plain-{_n}", _n), b"\2" + UUID + b"\x05")
for _n in (0, 1, 7, 8, 16, 17, 19, 31, 32, 33, 64, 127, 128, 255, 300):
    _seal(f"seal-aadlen{_n}", "AssociatedDataLength", VALUE, stream(f"aead/aad-{_n}", _n))
_seal(
    "seal-aad-null",
    "AssociatedDataLength",
    VALUE,
    None,
    comment="without associated data the tag still ends with eight zero bytes",
)
for _name, _pattern in (("zero", bytes(96)), ("ones", b"\xff" * 96), ("counter", bytes(range(96)))):
    _seal(f"seal-pattern-{_name}", "Pattern", b"\x08\0\0\0pattern\0", b"\1" + bytes(16) + b"\2", _pattern, _pattern[:16])

_DETERMINISTIC = (
    ("int32-42", b"\1" + UUID + b"\x10", VALUE),
    ("string-hello", b"\1" + UUID + b"\x02", b"\6\0\0\0hello\0"),
    ("string-empty", b"\1" + UUID + b"\x02", b"\1\0\0\0\0"),
    ("int64-neg", b"\1" + UUID + b"\x12", (-1).to_bytes(8, "little", signed=True)),
    ("oid", b"\1" + UUID + b"\x07", bytes.fromhex("507f1f77bcf86cd799439011")),
    ("long", b"\1" + UUID + b"\x02", b"\xc9\0\0\0" + b"x" * 200 + b"\0"),
    ("date0", b"\1" + UUID + b"\x09", bytes(8)),
    ("other-uuid", b"\1" + bytes(range(16)) + b"\x10", VALUE),
    ("subtype2-aad", AAD, VALUE),
)
for _name, _aad, _plain in _DETERMINISTIC:
    SET.add(f"deterministic-iv-{_name}", "DeterministicIv", op="deterministic_iv", key=KEY, aad=_aad, plaintext=_plain)

# --- what is opened, or not -------------------------------------------------------------------------------------------

_open("open-good", "Length", GOOD)
for _n in (1, 15, 16, 17, 31, 32, 33, 100, 1000):
    _open(f"open-len{_n}", "Length", aead.seal(KEY, IV, AAD, stream(f"aead/plain-{_n}", _n)))
for _n in (0, 1, 15, 16, 31, 32, 47, 48, 62, 63):
    _bad(f"neg-short-{_n}", "ShortCiphertext", GOOD[:_n])

for _name, _at, _bit in (
    ("iv-first", 0, 1), ("iv-last", 15, 1), ("s-first", 16, 1), ("s-last", 31, 1), ("tag-first", 32, 1), ("tag-last", 63, 1),
    ("tag-mid", 48, 1), ("iv-highbit", 0, 0x80),
):  # fmt: skip
    _bad(f"neg-flip-{_name}", "ModifiedCiphertext", changed(GOOD, _at, _bit))
for _bit_no in range(0, 8 * len(GOOD), 37):
    _bad(f"neg-bit-{_bit_no}", "ModifiedCiphertext", changed(GOOD, _bit_no // 8, 1 << _bit_no % 8))
_bad("neg-extra-byte", "ModifiedCiphertext", GOOD + b"\0")
_bad("neg-extra-block", "ModifiedCiphertext", GOOD + bytes(16))
_bad("neg-prefix-byte", "ModifiedCiphertext", b"\0" + GOOD)
_bad("neg-truncated-block", "ModifiedCiphertext", LONG[:16] + LONG[32:], LONG)
_bad("neg-truncated-tail", "ModifiedCiphertext", LONG[:-1], LONG)
_bad("neg-drop-16-of-tag", "ModifiedCiphertext", LONG[:-16], LONG)
_bad("neg-swapped-blocks", "ModifiedCiphertext", LONG[:16] + LONG[32:48] + LONG[16:32] + LONG[48:], LONG)


def _wrong_aad(name: str, aad: bytes | None, sealed: bytes = GOOD) -> None:
    fixed: dict[str, Any] = {"aad": AAD} if sealed == GOOD else {"aad": AAD, "ciphertext": GOOD}
    _open(name, "WrongAssociatedData", sealed, aad, mend=Mend("give the associated data that was sealed", fixed))


_wrong_aad("neg-wrong-aad-subtype", b"\1" + AAD[1:])
_wrong_aad("neg-wrong-aad-uuid", b"\2" + bytes(16) + b"\x10")
_wrong_aad("neg-wrong-aad-type", AAD[:-1] + b"\x12")
_wrong_aad("neg-aad-empty", b"")
_wrong_aad("neg-aad-null", None)
_wrong_aad("neg-aad-short", AAD[:-1])
_wrong_aad("neg-aad-long", AAD + b"\0")
_wrong_aad("neg-aad-shift-into-iv", AAD + IV[:1], GOOD[1:])

_THE_KEY = Mend("give the key that sealed", {"key": KEY})
_open("neg-wrong-mac-key", "WrongKey", GOOD, key=changed(KEY, 0), mend=_THE_KEY)
_open("neg-wrong-mac-key-last", "WrongKey", GOOD, key=changed(KEY, 31), mend=_THE_KEY)
_open("wrong-iv-key-is-fine", "WrongKey", GOOD, key=changed(KEY, 64))
_open(
    "neg-enc-mac-swapped-key",
    "WrongKey",
    GOOD,
    key=KEY[32:64] + KEY[:32] + KEY[64:],
    mend=_THE_KEY,
    comment="the order of later value algorithms, where the encryption key comes first",
)
_open(
    "wrong-enc-key",
    "WrongKey",
    GOOD,
    key=changed(KEY, 32),
    mend=_THE_KEY,
    comment="the tag does not cover the encryption key: what the last byte decrypts to decides",
)
for _n in (95, 97, 64, 0, 32):
    _open(f"neg-keylen-{_n}", "KeyLength", GOOD, key=(KEY + b"\0")[:_n], mend=_THE_KEY)

_HEAD = GOOD[: -aead.TAG]
_BITS = aead.bit_count(AAD)
_TAGS = {
    "without-AL": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD)[:32],
    "AL-in-bytes": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD + len(AAD).to_bytes(8, "big"))[:32],
    "AL-little-endian": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD + _BITS[::-1])[:32],
    "AL-32bit": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD + _BITS[4:])[:32],
    "AL-after-AAD": crypto.hmac_sha_512(KEY[:32], AAD + _BITS + _HEAD)[:32],
    "iv-omitted": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD[16:] + _BITS)[:32],
    "last-32-bytes": crypto.hmac_sha_512(KEY[:32], AAD + _HEAD + _BITS)[32:],
    "sha256": crypto.hmac_sha_256(KEY[:32], AAD + _HEAD + _BITS),
    "over-plaintext": crypto.hmac_sha_512(KEY[:32], AAD + IV + aead.pad(VALUE) + _BITS)[:32],
    "key-is-enc-key": crypto.hmac_sha_512(KEY[32:64], AAD + _HEAD + _BITS)[:32],
}
for _name, _tag in _TAGS.items():
    _bad(f"neg-mac-{_name}", "MacConstruction", _HEAD + _tag)
_bad("neg-full-64-byte-tag", "MacConstruction", _HEAD + crypto.hmac_sha_512(KEY[:32], AAD + _HEAD + _BITS))


def _padded(last: bytes) -> bytes:
    return aead.seal_padded(KEY, IV, AAD, b"A" * (16 - len(last)) + last)


for _n in (17, 18, 32, 127, 128, 255):
    _bad(f"neg-padding-byte-{_n}", "BadPadding", _padded(bytes([_n])), aead.seal(KEY, IV, AAD, b"A" * 15))
_LAX: dict[str, Any] = {"level": "should", "rule": "R-VEC-012"}
_open("lax-padding-byte-0", "LaxPadding", _padded(b"\0"), **_LAX, comment="nothing is dropped")
_open("lax-padding-inconsistent-3", "LaxPadding", _padded(b"\3"), **_LAX)
_open("lax-padding-inconsistent-16", "LaxPadding", _padded(b"\x10"), **_LAX)
_open(
    "padding-full-block-empty-plaintext",
    "LaxPadding",
    aead.seal_padded(KEY, IV, AAD, b"\x10" * 16),
    **_LAX,
    comment="opening may give zero bytes; sealing zero bytes is refused",
)


def _misaligned(extra: int) -> bytes:
    head = IV + GOOD[16:32] + bytes(extra)
    return head + aead.tag(KEY, AAD, head)


_bad("neg-misaligned-valid-tag-1", "Misaligned", _misaligned(1))
_bad("neg-misaligned-valid-tag-15", "Misaligned", _misaligned(15))
_bad("neg-misaligned-bad-tag", "Misaligned", _HEAD + b"\0" + GOOD[-aead.TAG :])
_seal("neg-seal-empty", "EmptyPlaintext", b"", mend=Mend("seal a value", {"plaintext": VALUE}))
for _n in (95, 97, 32):
    _seal(f"neg-seal-key-{_n}", "KeyLength", b"a", key=(KEY + b"\0")[:_n], mend=_THE_KEY)
