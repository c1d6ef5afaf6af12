"""local_kek_wrap.json: data keys under a local key encryption key."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.material import DEK, KEK, KEY_ID, KEY_LEN, OTHER_KEK, WRAP_IV, changed, stream
from generate.model import aead, keydoc, value
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Wrap": Flag("BASIC", "A data key is wrapped and opened again.", "Data keys are lost, and with them all data."),
    "WrongKek": Flag(
        "KEY_HANDLING",
        "Master keys that differ in one part.",
        "Data keys open under keys that are not theirs, or not under those that are.",
    ),
    "ModifiedWrapped": Flag(
        "AUTH_BYPASS", "Vector, body or tag changed, cut or lengthened.", "Whoever writes to the key vault exchanges keys."
    ),
    "ShortWrapped": Flag(
        "MEMORY_SAFETY",
        "Key material below 64 bytes. Released libraries end the process.",
        "One document in the key vault ends every client.",
    ),
    "WrongLength": Flag("KEY_HANDLING", "What was sealed is not 96 bytes.", "Memory behind the key becomes part of it."),
    "MacConstruction": Flag(
        "AUTH_BYPASS",
        "Sealed with associated data, or a tag without the eight bytes of the count.",
        "Data keys made here do not open elsewhere.",
    ),
    "BadPadding": Flag("AUTH_BYPASS", "The tag is right, the padding is not.", "More is dropped than there is."),
    "LaxPadding": Flag(
        "LEGACY", "96 bytes without a padding block, the last of them 0.", "Keys that opened so far do not open any more."
    ),
    "KekLength": Flag("KEY_HANDLING", "A local key that is not 96 bytes.", "Memory behind the key becomes part of it."),
}

FIELDS = {
    "op": "wrap, unwrap, configure (a handle is made with the key)",
    "kek": "input: the local key",
    "iv": "input of wrap",
    "id_bytes": "input of wrap: what the random source gives after the vector, for the id of the key",
    "dek": "input of wrap, output of unwrap: the data key",
    "key_material": "output of wrap, input of unwrap: vector, body and tag",
    "check": "which check refuses: too_short, hmac, block_size, padding, dek_length, kek_length",
    "encrypted": "output of unwrap: {v: 42}, deterministically encrypted by the data key, BSON",
}

KEYS = {"key_id": KEY_ID}


def compute(op: str, kek: bytes, **given: bytes) -> dict[str, Any]:
    match op:
        case "wrap":
            return {"key_material": aead.wrap(kek, given["iv"], given["dek"])}
        case "unwrap":
            document = bson.document(*keydoc.local_elements(KEY_ID, given["key_material"]).values())
            _, dek = keydoc.open_fed(document, KEY_ID, {"local": {"key": kek}})
            if dek is None:
                raise ValueError("the key is not local")
            plain = (42).to_bytes(4, "little")
            blob = value.seal(value.DETERMINISTIC, KEY_ID, dek, bson.INT32, plain, b"")
            return {"dek": dek, "encrypted": bson.document(bson.binary("v", blob, 6))}
        case "configure":
            aead.wrap(kek, bytes(16), bytes(KEY_LEN))
            return {}
    raise ValueError(f"no operation {op}")


SET = VectorSet("local_kek_wrap.json", "data keys under a local key", compute, FLAGS, "R-DK-007", FIELDS, KEYS)
GOOD = aead.wrap(KEK, WRAP_IV, DEK)


def _wrap(name: str, kek: bytes, iv: bytes, dek: bytes) -> None:
    SET.add(name, "Wrap", op="wrap", kek=kek, iv=iv, id_bytes=stream("wrap/id", 16), dek=dek)


def _unwrap(name: str, flag: str, wrapped: bytes = GOOD, kek: bytes = KEK, rule: str = "R-KV-004", **more: Any) -> None:
    mend = Mend("give the bytes that were wrapped", {"key_material": GOOD})
    if kek != KEK:
        mend = Mend("give the key that wrapped", {"kek": KEK})
    SET.add(name, flag, rule=rule, mend=mend, op="unwrap", kek=kek, key_material=wrapped, **more)


_wrap("wrap-basic", KEK, WRAP_IV, DEK)
_wrap("wrap-zero-kek", bytes(96), bytes(16), DEK)
_wrap("wrap-zero-all", bytes(96), bytes(16), bytes(96))
_wrap("wrap-ff", b"\xff" * 96, b"\xff" * 16, b"\xff" * 96)
_wrap("wrap-counter", bytes(range(96)), bytes(range(16)), bytes(range(100, 196)))
for _i in range(5):
    _wrap(f"wrap-seed-{_i}", stream(f"wrap/kek/{_i}", 96), stream(f"wrap/iv/{_i}", 16), stream(f"wrap/dek/{_i}", 96))

_unwrap("unwrap-basic", "Wrap")
_unwrap("neg-unwrap-other-kek", "WrongKek", kek=OTHER_KEK)
_unwrap("neg-unwrap-kek-mac-bit", "WrongKek", kek=changed(KEK, 0))
_unwrap("unwrap-kek-ivpart-ignored", "WrongKek", kek=changed(KEK, 95))
_unwrap(
    "unwrap-kek-enc-bit", "WrongKek", kek=changed(KEK, 32), comment="the tag is right; what the last byte decrypts to decides"
)
_unwrap("neg-unwrap-swapped-kek-halves", "WrongKek", kek=KEK[32:64] + KEK[:32] + KEK[64:])
for _name, _at in (("iv", 0), ("s-first", 16), ("s-last", 127), ("tag-first", 128), ("tag-last", 159)):
    _unwrap(f"neg-unwrap-flip-{_name}", "ModifiedWrapped", changed(GOOD, _at))
for _n in (0, 16, 47, 63):
    _unwrap(f"neg-unwrap-len-{_n}", "ShortWrapped", GOOD[:_n], hazard=True)
for _n in (64, 144, 159):
    _unwrap(f"neg-unwrap-len-{_n}", "ModifiedWrapped", GOOD[:_n])
_unwrap("neg-unwrap-extra-byte", "ModifiedWrapped", GOOD + b"\0")
for _n in (1, 32, 64, 80, 95, 97, 112, 128):
    _unwrap(f"neg-unwrap-dek-{_n}-bytes", "WrongLength", aead.seal(KEK, WRAP_IV, b"", (DEK + DEK)[:_n]))
_unwrap(
    "neg-unwrap-with-aad",
    "MacConstruction",
    aead.seal(KEK, WRAP_IV, KEY_ID, DEK),
    comment="sealed with the id of the key as associated data",
)
_HEAD = GOOD[: -aead.TAG]
_unwrap("neg-unwrap-no-AL", "MacConstruction", _HEAD + aead.hmac_sha_512(KEK[:32], _HEAD)[: aead.TAG])
_unwrap("lax-unwrap-padding-0", "LaxPadding", aead.seal_padded(KEK, WRAP_IV, b"", DEK[:95] + b"\0"), level="should")
_unwrap("neg-unwrap-padding-17", "BadPadding", aead.seal_padded(KEK, WRAP_IV, b"", DEK + bytes(15) + b"\x11"))
_unwrap("neg-unwrap-raw-96-no-padding", "WrongLength", aead.seal_padded(KEK, WRAP_IV, b"", DEK[:95] + b"\5"))
for _n in (95, 97, 32):
    SET.add(
        f"neg-local-kek-{_n}",
        "KekLength",
        rule="R-OPT-004",
        mend=Mend("give 96 bytes", {"kek": KEK}),
        op="configure",
        kek=(KEK + b"\0")[:_n],
    )
SET.add("configure-96", "Wrap", rule="R-OPT-004", op="configure", kek=KEK)
