"""data_key_creation.json: new data keys under a local key, byte for byte, and the options that are refused on the way."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from generate import bson
from generate.bson import document, int32, sub, text
from generate.material import DEK, KEK, KEY_LEN, stream
from generate.model import aead, fields, keydoc
from generate.refused import Refused
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Created": Flag(
        "BASIC",
        "The whole document, with the bytes of the random source and the time given.",
        "Key documents are refused elsewhere, or keys and vectors are not random.",
    ),
    "UuidBits": Flag(
        "INTEROPERABILITY",
        "The id is a UUID of version 4, whatever was drawn.",
        "Ids are no UUIDs, and other libraries refuse them.",
    ),
    "Names": Flag("BASIC", "Alternate names.", "Keys are not found by their names."),
    "Material": Flag(
        "KEY_HANDLING", "Key material that the program gives.", "Another key is stored than the one that was given."
    ),
    "ProviderId": Flag(
        "KEY_HANDLING",
        "The id of the provider in the key encryption key.",
        "A data key is wrapped by another key than the one that was named.",
    ),
}

FIELDS = {
    "kind": "which options are given: plain, names, material, key_material (as a document); or what refuses: providers, "
    "key_encryption_key, key_alt_name, key_material, and the last two with -twice: their second call",
    "providers": "input: the document of providers, BSON",
    "key_encryption_key": "input: BSON",
    "names": "input: alternate names, in the order of the calls",
    "given": "input: the data key, if the program gives one",
    "first": "input: the document of the first call of a setter, BSON",
    "second": "input: the document of the second call, if there is one",
    "random": "input: what the random source gives: data key (unless given), vector, id",
    "now_ms": "input: the time",
    "document": "output: the new key document, BSON",
}

KEYS = {"kek": KEK}
NOW_MS = 1767225600000


def _uuid4(raw: bytes) -> bytes:
    out = bytearray(raw)
    out[6], out[8] = 0x40 | raw[6] & 0x0F, 0x80 | raw[8] & 0x3F
    return bytes(out)


def _only(given: bytes, name: str, rule: str) -> bson.Element:
    """The one field of the document that a setter takes."""
    found = list(bson.elements(given))
    if not found:
        raise Refused("BSON_INVALID", rule)
    if found[0].name != name.encode():
        raise Refused("FIELD_REQUIRED", rule, field=name)
    return found[0]


def _rest(given: bytes, rule: str) -> None:
    for extra in list(bson.elements(given))[1:]:
        raise Refused("FIELD_UNKNOWN", rule, field=extra.name.decode())


def _name(given: bytes, names: list[str]) -> str:
    found = _only(given, "keyAltName", "R-OPT-031")
    if found.kind != bson.STRING:
        raise Refused("FIELD_REQUIRED", "R-OPT-031", field="keyAltName", got=bson.NAMES[found.kind])
    _rest(given, "R-OPT-031")
    name = found.text().decode()
    if name in names:
        raise Refused("DUPLICATE_NAME", "R-OPT-031", name=name)
    return name


def _material(given: bytes, known: bytes | None) -> bytes:
    if known is not None:
        raise Refused("OPTION_TWICE", "R-OPT-032")
    found = _only(given, "keyMaterial", "R-OPT-032")
    if found.kind != bson.BINARY:
        raise Refused("FIELD_REQUIRED", "R-OPT-032", field="keyMaterial", got=bson.NAMES[found.kind])
    data = found.binary()[1]
    if len(data) != KEY_LEN:
        raise Refused("KEY_MATERIAL_LENGTH", "R-OPT-032", length=len(data), want=KEY_LEN)
    _rest(given, "R-OPT-032")
    return data


def compute(
    kind: str,
    providers: bytes,
    key_encryption_key: bytes,
    random: bytes,
    now_ms: int,
    names: tuple[str, ...] = (),
    given: bytes | None = None,
    first: bytes | None = None,
    second: bytes | None = None,
) -> dict[str, Any]:
    configured = fields.read_providers(providers)
    provider, _, _ = fields.read_master_key(key_encryption_key, fields.OF_OPTION)
    all_names, material = list(names), given
    for call in (call for call in (first, second) if call is not None):
        if kind.startswith("key_alt_name"):
            all_names.append(_name(call, all_names))
        else:
            material = _material(call, material)
    if provider not in configured:
        raise Refused("PROVIDER_NOT_CONFIGURED", "R-EXP-018", provider=provider)
    kek = configured[provider]["key"]
    if not isinstance(kek, bytes):
        raise TypeError(kek)
    if material is None:
        material, random = random[:KEY_LEN], random[KEY_LEN:]
    iv, key_id = random[:16], _uuid4(random[16:32])
    listed = bson.array("keyAltNames", [(bson.STRING, bson.text_value(name)) for name in reversed(all_names)])
    elements = keydoc.local_elements(key_id, aead.wrap(kek, iv, material), listed if all_names else None, now_ms)
    elements["masterKey"] = sub("masterKey", text("provider", provider))
    return {"document": document(*elements.values())}


SET = VectorSet("data_key_creation.json", "new data keys under a local key", compute, FLAGS, "R-DK-005", FIELDS, KEYS)

PROVIDERS = document(sub("local", bson.binary("key", KEK)))
NAMED = document(sub("local:name1", bson.binary("key", KEK)))
LOCAL = document(text("provider", "local"))
DRAWN = stream("dk/dek", 96) + stream("dk/iv", 16)
RANDOM = DRAWN + b"\xff" * 16
GIVEN_RANDOM = RANDOM[96:]


def _add(name: str, flag: str, kind: str = "plain", mend: Mend | None = None, **more: Any) -> None:
    basis = {"providers": PROVIDERS, "key_encryption_key": LOCAL, "random": RANDOM, "now_ms": NOW_MS}
    SET.add(name, flag, mend=mend, kind=kind, **{**basis, **more})


_add("local", "Created")
_add("id-of-zeros", "UuidBits", random=DRAWN + bytes(16))
_add("id-drawn", "UuidBits", random=DRAWN + stream("dk/id", 16))
_add("later-time", "Created", now_ms=NOW_MS + 123456789)
_add("alt-names-b-a-c", "Names", "names", names=("b", "a", "c"), level="may", comment="the name set last stands first")
_add("alt-name-single", "Names", "names", names=("x",))
_add("alt-name-empty-string", "Names", "names", names=("",))
_add("alt-name-utf8", "Names", "names", names=("Älice €",))
_add("custom-key-material", "Material", "material", given=DEK, random=GIVEN_RANDOM, rule="R-DK-001")
_add("custom-key-material-zeros", "Material", "material", given=bytes(96), random=GIVEN_RANDOM, rule="R-DK-001")

_A_NAME = document(text("keyAltName", "x"))
_OTHER_NAME = document(text("keyAltName", "y"))
_add("alt-name-document", "Names", "key_alt_name", first=_A_NAME)
_add("alt-name-two-documents", "Names", "key_alt_name-twice", first=_A_NAME, second=_OTHER_NAME, level="may")
_NAME_MEND = Mend("give {keyAltName: string}", {"first": _A_NAME})
for _short, _doc in (
    ("wrong-field", document(text("name", "x"))),
    ("int", document(int32("keyAltName", 1))),
    ("extra-field", document(text("keyAltName", "x"), int32("y", 1))),
    ("empty-doc", document()),
):
    _add(f"neg-alt-name-{_short}", "Names", "key_alt_name", _NAME_MEND, first=_doc)
_add(
    "neg-alt-name-duplicate",
    "Names",
    "key_alt_name-twice",
    Mend("give another name", {"second": _OTHER_NAME}),
    first=_A_NAME,
    second=_A_NAME,
)


def _given(data: bytes, name: str = "keyMaterial", subtype: int = 0, *more: bytes) -> bytes:
    return document(bson.binary(name, data, subtype), *more)


_add(
    "custom-key-material-subtype-4",
    "Material",
    "key_material",
    first=_given(DEK, subtype=4),
    random=GIVEN_RANDOM,
    rule="R-DK-001",
)
_MATERIAL_MEND = Mend("give {keyMaterial: 96 bytes}", {"first": _given(DEK)})
for _n in (0, 16, 95, 97):
    _add(f"neg-key-material-{_n}", "Material", "key_material", _MATERIAL_MEND, first=_given(bytes(_n)), random=GIVEN_RANDOM)
for _short, _doc in (
    ("string", document(text("keyMaterial", "x"))),
    ("extra-field", _given(DEK, "keyMaterial", 0, int32("y", 1))),
    ("wrong-field", _given(DEK, "key")),
):
    _add(f"neg-key-material-{_short}", "Material", "key_material", _MATERIAL_MEND, first=_doc, random=GIVEN_RANDOM)
_TWICE = {"kind": "key_material", "second": None}
_add(
    "neg-key-material-twice",
    "Material",
    "key_material-twice",
    Mend("give it once", _TWICE),
    first=_given(DEK),
    second=_given(DEK),
    random=GIVEN_RANDOM,
)

_add(
    "named-local",
    "ProviderId",
    providers=NAMED,
    key_encryption_key=document(text("provider", "local:name1")),
    since="1.9.0",
    rule="R-DK-006",
)
_KEK_MEND = Mend("name a provider that is configured", {"kind": "plain", "key_encryption_key": LOCAL})
for _short, _id, _level in (
    ("local:", "local:", "must"), ("local:a-b", "local:a-b", "must"), ("local:a_b_", "local:a b", "must"),
    ("local:a.b", "local:a.b", "must"), ("foo:bar", "foo:bar", "must"), ("Local", "Local", "must"), (":x", ":x", "should"),
    ("l", "l", "should"),
):  # fmt: skip
    _add(f"neg-kek-provider-{_short}", "ProviderId", "key_encryption_key", _KEK_MEND, level=_level,
         key_encryption_key=document(text("provider", _id)))  # fmt: skip
_add(
    "neg-kek-not-configured",
    "ProviderId",
    "key_encryption_key",
    _KEK_MEND,
    key_encryption_key=document(text("provider", "aws"), text("region", "r"), text("key", "k")),
)
_KEY_TEXT = b64encode(KEK).decode()
_add("local-key-as-base64", "Created", providers=document(sub("local", text("key", _KEY_TEXT))))
_add("local-key-subtype-4", "Created", providers=document(sub("local", bson.binary("key", KEK, 4))))
_PROVIDERS_MEND = Mend("give the key", {"kind": "plain", "providers": PROVIDERS})
_add(
    "neg-local-key-bad-base64",
    "ProviderId",
    "providers",
    _PROVIDERS_MEND,
    providers=document(sub("local", text("key", "!" + _KEY_TEXT[1:]))),
)
_add(
    "neg-local-key-extra-field",
    "ProviderId",
    "providers",
    _PROVIDERS_MEND,
    providers=document(sub("local", bson.binary("key", KEK), text("a", "b"))),
)
