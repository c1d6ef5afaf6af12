"""markings.json: commands that query analysis has marked, and what is sent to the server in their place."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.bson import document, int32, sub, text
from generate.material import DEK, KEK, KEY_ID, RANDOM_IV, WRAP_IV, stream
from generate.model import aead, keydoc, marking, value
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Replaced": Flag("BASIC", "A marking becomes a ciphertext.", "Values reach the server in clear."),
    "Walk": Flag(
        "CONFIDENTIALITY",
        "Markings at any depth; binaries that are none.",
        "Values reach the server in clear, or other binaries are changed.",
    ),
    "TypeNotChecked": Flag(
        "LEGACY",
        "What analysis marks is sealed whatever its type: the type was checked there.",
        "Commands are refused here that work elsewhere.",
    ),
    "NoValueBytes": Flag(
        "MEMORY_SAFETY",
        "A marking of a type without bytes. Released libraries end the process.",
        "One reply of query analysis ends every client.",
    ),
    "FieldMissing": Flag(
        "BASIC",
        "A marking without value, algorithm or key, or with two keys.",
        "A value is sealed under a key that nobody chose.",
    ),
    "FieldType": Flag("MEMORY_SAFETY", "A field of a marking of another type or length.", "Memory is read as what it is not."),
    "FieldUnknown": Flag("BASIC", "A field that markings do not have.", "What a later version means is ignored."),
    "Broken": Flag("MEMORY_SAFETY", "A marking that is no document, or more than one.", "Memory behind the bytes is read."),
    "NotWanted": Flag(
        "KEY_HANDLING",
        "The vault's document has not the name that the marking asks for.",
        "A value is sealed under the wrong key.",
    ),
}

FIELDS = {
    "command": "input: the command as the program gives it, BSON",
    "marked_command": "input: the command as query analysis gives it back, BSON",
    "reply": "input: the reply of query analysis around it, BSON",
    "random": "input: what the random source gives; each random vector takes the next 16 bytes",
    "encrypted_command": "output: the command for the server, BSON",
    "check": "what refuses: marking (when the reply is fed), key (when key documents are fed), value (at the end)",
}

NAME = b"alt"
KEY_DOCUMENT = document(
    *keydoc.local_elements(
        KEY_ID, aead.wrap(KEK, WRAP_IV, DEK), bson.array("keyAltNames", [(bson.STRING, bson.text_value(NAME))])
    ).values()
)
KEYS = {"kek": KEK, "dek": DEK, "key_id": KEY_ID, "alt_name": NAME.decode(), "key_document": KEY_DOCUMENT}


def compute(command: bytes, reply: bytes, random: bytes, marked_command: bytes) -> dict[str, Any]:
    found = bson.find(reply, "result")
    if found is None:
        raise ValueError("the reply has no result")
    return {"encrypted_command": marking.encrypt_command(found.value, KEY_ID, (NAME,), DEK, random)}


SET = VectorSet("markings.json", "marked commands and what is sent in their place", compute, FLAGS, "R-VEC-025", FIELDS, KEYS)

RANDOM = RANDOM_IV + stream("csfle/riv-more", 64)
SSN = text("v", "457-55-5462")
DETERMINISTIC, BY_CHANCE = int32("a", 1), int32("a", 2)
KI = bson.binary("ki", KEY_ID, 4)
KA = text("ka", NAME)
COMMAND = document(text("insert", "c"), bson.array("documents", [(bson.DOCUMENT, document(text("ssn", "457-55-5462")))]))


def _insert(*elements: bytes) -> bytes:
    return document(text("insert", "c"), bson.array("documents", [(bson.DOCUMENT, document(*elements))]))


def _inputs(marked: bytes) -> dict[str, bytes]:
    reply = document(
        bson.boolean("hasEncryptionPlaceholders", True),
        bson.boolean("schemaRequiresEncryption", True),
        bson.element(bson.DOCUMENT, "result", marked),
        bson.double("ok", 1.0),
    )
    return {"marked_command": marked, "reply": reply}


def _payload(*elements: bytes) -> bytes:
    return b"\0" + document(*elements)


def _field(payload: bytes) -> bytes:
    return bson.binary("ssn", payload, 6)


GOOD = _payload(SSN, DETERMINISTIC, KI)


def _command(name: str, flag: str, marked: bytes, command: bytes = COMMAND, mend: Mend | None = None, **more: Any) -> None:
    SET.add(name, flag, mend=mend, command=command, random=RANDOM, **_inputs(marked), **more)


def _add(name: str, flag: str, payload: bytes, **more: Any) -> None:
    mend = Mend("give value, algorithm and one key, each of its type", _inputs(_insert(_field(GOOD))))
    _command(name, flag, _insert(_field(payload)), mend=mend, **more)


_add("ok-deterministic-ki", "Replaced", GOOD)
_add("ok-random-ki", "Replaced", _payload(SSN, BY_CHANCE, KI))
_add("ok-deterministic-ka", "Replaced", _payload(SSN, DETERMINISTIC, KA))
_add("ok-field-order", "Replaced", _payload(KI, SSN, DETERMINISTIC))
_add("ok-random-int32", "Replaced", _payload(int32("v", 7), BY_CHANCE, KI))
_add("det-double-via-marking", "TypeNotChecked", _payload(bson.double("v", 1.5), DETERMINISTIC, KI), level="should")
_add("det-document-via-marking", "TypeNotChecked", _payload(sub("v", int32("a", 1)), DETERMINISTIC, KI), level="should")
_add("null-via-marking", "NoValueBytes", _payload(bson.element(bson.NULL, "v", b""), BY_CHANCE, KI), hazard=True)
_add("minkey-via-marking", "NoValueBytes", _payload(bson.element(bson.MIN_KEY, "v", b""), BY_CHANCE, KI), hazard=True)
_add("binary6-via-marking", "TypeNotChecked", _payload(bson.binary("v", b"\2" * 30, 6), BY_CHANCE, KI), level="should")
_add("neg-no-v", "FieldMissing", _payload(DETERMINISTIC, KI))
_add("neg-no-a", "FieldMissing", _payload(SSN, KI))
_add("neg-no-key", "FieldMissing", _payload(SSN, DETERMINISTIC))
_add("neg-both-keys", "FieldMissing", _payload(SSN, DETERMINISTIC, KI, text("ka", "x")))
_add("neg-a-0", "FieldType", _payload(SSN, int32("a", 0), KI))
_add("neg-a-3", "FieldType", _payload(SSN, int32("a", 3), KI))
_add("neg-a-int64", "FieldType", _payload(SSN, bson.int64("a", 1), KI))
_add("neg-a-double", "FieldType", _payload(SSN, bson.double("a", 1.0), KI))
_add("neg-ki-subtype-3", "FieldType", _payload(SSN, DETERMINISTIC, bson.binary("ki", KEY_ID, 3)))
_add("neg-ki-15", "FieldType", _payload(SSN, DETERMINISTIC, bson.binary("ki", KEY_ID[:15], 4)))
_add("neg-ki-string", "FieldType", _payload(SSN, DETERMINISTIC, text("ki", "x")))
_add("neg-ka-int", "FieldType", _payload(SSN, DETERMINISTIC, int32("ka", 1)))
_add("neg-unknown-field", "FieldUnknown", _payload(SSN, DETERMINISTIC, KI, int32("x", 1)))
_add("neg-length-5", "Broken", b"\0\5\0\0\0")
_add("neg-not-bson", "Broken", b"\0" + b"\xff" * 10)
_add("neg-empty-document", "FieldMissing", _payload())
_add("neg-trailing-bytes", "Broken", GOOD + b"\0")
_add("neg-ka-unknown", "NotWanted", _payload(SSN, DETERMINISTIC, text("ka", "nope")))
_add("duplicate-a-last-wins", "Replaced", _payload(SSN, DETERMINISTIC, KI, BY_CHANCE), level="should")

_STORED = value.seal(value.DETERMINISTIC, KEY_ID, DEK, bson.STRING, bson.text_value("457-55-5462"), b"")
_command(
    "passthrough-other-binary",
    "Walk",
    _insert(bson.binary("a", _STORED, 6), bson.binary("b", GOOD, 6), bson.binary("c", b"\0abc"), bson.binary("d", b"", 6)),
)


def _marked(payload: bytes) -> tuple[int, bytes]:
    return bson.BINARY, bson.binary_value(payload, 6)


_QUERY = sub("q", sub("ssn", bson.array("$in", [_marked(GOOD), _marked(_payload(int32("v", 9), DETERMINISTIC, KI))])))
_LIST = [(bson.ARRAY, document(bson.element(*_marked(_payload(SSN, BY_CHANCE, KI))[:1], "0", _marked(_payload(SSN, BY_CHANCE, KI))[1]))),
         (bson.DOCUMENT, document(bson.binary("ssn", GOOD, 6)))]  # fmt: skip
_UPDATE = sub("u", sub("$set", sub("a", bson.array("b", _LIST))))
_CLEAR = document(text("update", "c"), bson.array("updates", [(bson.DOCUMENT, document(sub("q"), sub("u")))]))
_command(
    "nested", "Walk", document(text("update", "c"), bson.array("updates", [(bson.DOCUMENT, document(_QUERY, _UPDATE))])), _CLEAR
)
