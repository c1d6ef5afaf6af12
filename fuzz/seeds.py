"""Writes the seeds of the fuzz targets (fuzz/corpus/TARGET/seed-*): inputs that reach deep, so that the engines need not find them.

Also fuzz/support/transcript_cases.h, from fuzz/transcript.yml. Needs the packages cryptography and pymongo (for its bson module) of
build/venv, and `make all`: real transcripts are seeds. The same bytes come out each time. Usage: build/venv/bin/python fuzz/seeds.py
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import subprocess
import tempfile
from pathlib import Path

import bson
from bson import Binary, Code, Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = Path(__file__).resolve().parent
KEY = bytes((i * 7 + 1) % 256 for i in range(96))  # flp_fuzz_key of support.c
KEK = bytes(96)
MARKER = b"a" * 16
IV = bytes(range(16))

VALUES: dict[str, object] = {
    "double": 1.5,
    "string": "hello",
    "document": {"a": 1, "b": {"c": [1, 2]}},
    "array": [1, "x", None],
    "binary": Binary(b"\x01\x02", 0),
    "old-binary": Binary(b"\x01\x02", 2),
    "object-id": ObjectId("0123456789ab0123456789ab"),
    "bool": True,
    "regex": Regex("a.*b", "ix"),
    "code": Code("f()"),
    "scope": Code("f()", {"x": 1}),
    "int32": 42,
    "timestamp": Timestamp(1, 2),
    "int64": Int64(1 << 40),
    "decimal": Decimal128("1.25"),
}


def cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    padding = 16 - len(plain) % 16
    sealer = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return sealer.update(plain + bytes([padding]) * padding) + sealer.finalize()


def seal(key: bytes, iv: bytes, associated: bytes, plain: bytes) -> bytes:
    body = iv + cbc(key[32:64], iv, plain)
    tag = hmac.new(key[:32], associated + body + struct.pack(">Q", 8 * len(associated)), hashlib.sha512).digest()[:32]
    return body + tag


def ciphertext(subtype: int, bson_type: int, plain: bytes, key_id: bytes = MARKER) -> bytes:
    head = bytes([subtype]) + key_id + bytes([bson_type])
    return head + seal(KEY, IV, head, plain)


def parts(value: object) -> tuple[int, bytes]:
    """Type byte and value bytes of a BSON element."""
    element = bson.encode({"": value})
    return element[4], element[6:-1]


def key_document(**changes: object) -> bytes:
    document: dict[str, object] = {
        "_id": Binary(MARKER, 4),
        "keyAltNames": ["n"],
        "keyMaterial": Binary(seal(KEK, IV, b"", KEY), 0),
        "creationDate": DatetimeMS(0),
        "updateDate": DatetimeMS(0),
        "status": 0,
        "masterKey": {"provider": "local"},
    }
    document.update(changes)
    return bson.encode({k: v for k, v in document.items() if v is not ...})


def write(target: str, name: str, data: bytes) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


def transcripts() -> list[tuple[str, bytes]]:
    """What the reference answers to fuzz/transcript.yml, case by case, without nonce and number: the target puts its own."""
    with tempfile.TemporaryDirectory() as report:
        subprocess.run(["build/release/bin/fleproof", "run", str(HERE / "transcript.yml"), "--sut", "reference", "--report", report],
                       cwd=HERE.parent, stdout=subprocess.DEVNULL, check=False)
        lines = (Path(report) / "transcripts/reference.jsonl").read_text().splitlines()[1:]
    found: list[tuple[str, bytes]] = []
    for line in lines:
        bare = re.sub(r'^\{"nonce":"[0-9a-f]*","seq":\d+,', "{", line).encode() + b"\n"
        begun = re.search(r'"ev":"begin","id":"fuzz/transcript/([^"]*)"', line)
        if begun:
            found.append((begun[1], b""))
        found[-1] = (found[-1][0], found[-1][1] + bare)
    return found


def write_transcripts() -> None:
    numbered = 0x40
    found = transcripts()
    for number, (name, lines) in enumerate(found):
        write("transcript", name, bytes([numbered | number]) + lines)
    begin = found[0][1].splitlines()[0] + b"\n"
    events = {
        "setup": '{"ev":"setup","phase":"setopt kms_providers","error":{"type":1,"code":1,"message":"no [BSON_INVALID what=x]"}}',
        "stopped": '{"ev":"stopped","call":0,"round":0,"state":"NEED_KMS","reason":"no_role","why":null}',
        "leak": '{"ev":"leak","call":0,"fn":"ctx_destroy","what":0}',
        "problem": '{"ev":"problem","why":"no"}',
        "file": '{"ev":"outcome","call":0,"state":"DONE","result":{"len":1,"sha256":"00","file":"a"},"error":null,"failed":null}',
    }
    for name, event in events.items():
        write("transcript", name, bytes([numbered]) + begin + event.encode() + b'\n{"ev":"end","calls":1}\n')
    write("transcript", "died", bytes([numbered | 0x20]) + found[0][1][:400])
    nonce = b"".join(line.replace(b"{", b'{"nonce":"n0","seq":%d,' % i, 1) + b"\n" for i, line in enumerate(found[1][1].splitlines()))
    write("transcript", "numbers-of-its-own", b"\x01" + nonce)


def write_cases_header() -> None:
    """The cases of the target as one C text: it must not depend on where it runs."""
    lines = (HERE / "transcript.yml").read_text().splitlines()
    rows = "\n".join('   "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in lines if not line.startswith("#"))
    (HERE / "support/transcript_cases.h").write_text(
        "/* Generated by fuzz/seeds.py from fuzz/transcript.yml; do not edit. */\n#ifndef FLP_FUZZ_TRANSCRIPT_CASES_H\n"
        f"#define FLP_FUZZ_TRANSCRIPT_CASES_H\n\nstatic const char flp_fuzz_cases[] =\n{rows};\n\n#endif\n")


def write_scenarios() -> None:
    """Files of the project that hold much of the grammar in little text."""
    root = HERE.parent / "spec-tests"
    for path in sorted((root / "meta/valid-pass").glob("*.yml")):
        write("scenario", path.stem, path.read_bytes())


def write_texts() -> None:
    texts = {"whole": "AAEC", "padded": "AAE=", "twice": "AA==", "spaces": " A A\tE\r\n= ", "url": "-_-_", "behind-nul": "AAEC\0AA"}
    for name, text in texts.items():
        write("base64", name, text.encode())
    endpoints = ["https://a.b:443/p/q/?x=y", "a.b", "localhost:5698", "a.b.c/", "a.b?q/r", "http://x", "a.b:", "://a.b"]
    for number, text in enumerate(endpoints):
        write("endpoint", str(number), bytes([number & 1]) + text.encode())


def write_options() -> None:
    """Byte 0 is the place in the table of options.c."""
    keks = {"aws": {"provider": "aws", "key": "k", "region": "r", "endpoint": "a.b:1"}, "local": {"provider": "local"},
            "azure": {"provider": "azure", "keyVaultEndpoint": "a.b", "keyName": "n", "keyVersion": "v"},
            "gcp": {"provider": "gcp", "projectId": "p", "location": "l", "keyRing": "r", "keyName": "k", "endpoint": "a.b"},
            "kmip": {"provider": "kmip", "keyId": "1", "delegated": True, "endpoint": "h"}}
    for name, kek in keks.items():
        write("options", f"kek-{name}", b"\0" + bson.encode(kek))
    lengths = {"strMinQueryLength": 2, "strMaxQueryLength": 8}
    documents = [("name", 1, {"keyAltName": "n"}), ("material", 2, {"keyMaterial": Binary(KEY, 0)}),
                 ("range", 5, {"min": 0, "max": 9, "sparsity": Int64(1), "trimFactor": 1}),
                 ("range-double", 5, {"min": 0.0, "max": 9.5, "sparsity": Int64(1), "precision": 2}),
                 ("prefix", 6, {"caseSensitive": True, "diacriticSensitive": True, "prefix": lengths, "suffix": lengths}),
                 ("substring", 6, {"caseSensitive": True, "diacriticSensitive": True, "substring": {"strMaxLength": 9, **lengths}}),
                 ("schema-map", 7, {"db.c": {"bsonType": "object", "properties": {"a": {"encrypt": {"bsonType": "string"}}}}}),
                 ("fields-map", 8, {"db.c": {"fields": [{"path": "a", "keyId": Binary(MARKER, 4), "bsonType": "string"}]}})]
    for name, place, document in documents:
        write("options", name, bytes([place]) + bson.encode(document))
    for place, text in ((9, "a.b:1"), (10, "a.b:1"), (11, "Indexed"), (12, "equality")):
        write("options", f"text-{place}", bytes([place]) + text.encode())
    write("options", "key-id", b"\x03" + MARKER)
    write("options", "index-key-id", b"\x04" + MARKER)


def marking(**fields: object) -> Binary:
    return Binary(b"\0" + bson.encode(fields), 6)


def write_replies() -> None:
    """Of collinfo, byte 0 says for how many collections; of markings there is nothing before the document."""
    schema = {"bsonType": "object", "properties": {"a": {"encrypt": {"bsonType": "string"}}}}
    field = {"path": "p", "bsonType": "string", "keyId": Binary(MARKER, 4), "queries": [{"queryType": "equality", "contention": Int64(0)}]}
    text = {"path": "q", "keyAltName": "n", "queries": {"queryType": "substring", "strMaxLength": 9}}
    infos = [("plain", 0, {"name": "c", "type": "collection", "options": {}}), ("view", 0, {"name": "c", "type": "view"}),
             ("schema", 0, {"name": "c", "options": {"validator": {"$jsonSchema": schema, "a": 1}}}),
             ("fields", 0, {"name": "c", "options": {"encryptedFields": {"fields": [field, text], "escCollection": "e"}}}),
             ("range", 0, {"name": "c", "options": {"encryptedFields": {"fields": [{**field, "queries": {"queryType": "range"}}],
                                                                       "strEncodeVersion": 1}}}),
             ("preview", 0, {"name": "c", "options": {"encryptedFields": {"fields": [{**field, "queries": {"queryType": "rangePreview"}}]}}}),
             ("second", 1, {"name": "d", "options": {"validator": {"$jsonSchema": schema}}}),
             ("second-fields", 1, {"name": "d", "options": {"encryptedFields": {"fields": [field]}}})]
    for name, byte, document in infos:
        write("collinfo", name, bytes([byte]) + bson.encode(document))
    by_id, by_name = {"ki": Binary(MARKER, 4)}, {"ka": "n"}
    results = {"one": {"a": marking(v="x", a=1, **by_id)}, "none": {"find": "c"}, "by-name": {"a": marking(v="x", a=2, **by_name)},
               "many": {"a": [marking(v=n, a=1 + n % 2, **(by_id if n % 3 else by_name)) for n in range(8)], "$db": "db"},
               "deep": {"a": {"b": [{"c": marking(v={"d": 1}, a=2, **by_id)}]}, "z": Binary(ciphertext(1, 2, b"x"), 6)},
               "queryable": {"a": Binary(b"\3" + bson.encode({"t": 1}), 6)}}
    for name, result in results.items():
        write("markings", name, bson.encode({"hasEncryptionPlaceholders": True, "schemaRequiresEncryption": True, "result": result, "ok": 1.0}))
    write("markings", "no-need", bson.encode({"schemaRequiresEncryption": False, "result": {}}))


def write_commands() -> None:
    """Byte 0: bits of command.c."""
    lookup = {"$lookup": {"from": "d", "as": "x", "pipeline": [{"$unionWith": {"coll": "e", "pipeline": []}}]}}
    commands = [("find", 1, {"find": "c", "filter": {"a": "x"}, "$db": "db"}), ("insert", 2, {"insert": "d", "documents": [{"p": 1}]}),
                ("unknown", 0, {"mapReduce": "c"}), ("hello", 0, {"hello": 1}), ("create", 1, {"create": "d", "validator": {"$jsonSchema": {}}}),
                ("create-fields", 0, {"create": "d", "encryptedFields": {"fields": []}}), ("collmod", 0, {"collMod": "c", "validator": {}}),
                ("aggregate", 3, {"aggregate": "c", "pipeline": [lookup, {"$facet": {"f": [lookup]}}], "cursor": {}}),
                ("graph", 1, {"aggregate": "c", "pipeline": [{"$graphLookup": {"from": "d"}}]}), ("explain", 2, {"explain": {"find": "d"}}),
                ("bulk", 2, {"bulkWrite": 1, "ops": [{"insert": 0, "document": {}}], "nsInfo": [{"ns": "db.d"}]}),
                ("bulk-elsewhere", 0, {"bulkWrite": 1, "ops": [], "nsInfo": [{"ns": "x.y.z"}]}), ("indexes", 1, {"createIndexes": "c"}),
                ("by-name", 6, {"find": "d", "filter": {}}), ("bypass", 11, {"find": "c"}), ("bypass-fields", 10, {"insert": "d"}),
                ("compact", 2, {"compactStructuredEncryptionData": "d"}), ("cleanup", 2, {"cleanupStructuredEncryptionData": "d"}),
                ("information", 2, {"update": "d", "encryptionInformation": {"type": 1}, "updates": []})]
    for name, byte, document in commands:
        write("command", name, bytes([byte]) + bson.encode(document))


def write_world() -> None:
    """Byte 0: the kind of question, as flp_ask_kind_t counts them."""
    collections = {"db.c": {"options": {"validator": {"$jsonSchema": {}}}}, "db.v": {"type": "view"}, "x.c": {}, "db.raw": Binary(b"\x01\x02", 0)}
    world = {"collections": collections, "mongocryptd": {"maxWireVersion": 26}, "key_vault": [bson.decode(key_document())], "now": DatetimeMS(5)}
    by_id = {"$or": [{"_id": {"$in": [Binary(MARKER, 4)]}}, {"keyAltNames": {"$in": ["n"]}}]}
    questions = [("one", 0, {"name": "c"}), ("several", 1, {"name": {"$in": ["c", "v", "raw", "none"]}}), ("greeting", 2, {"isMaster": 1}),
                 ("command", 2, {"find": "c"}), ("keys", 3, by_id), ("no-role", 4, {}), ("no-document", 0, Binary(b"\x05", 0))]
    for name, kind, op in questions:
        write("world", name, bytes([kind]) + bson.encode({"world": world, "op": op, "db": "db"}))
    for action, more in (("drop", {"nth": 1}), ("repeat", {"times": 3}), ("cut", {"after_bytes": 2}), ("replace", {"with": {}}), ("reorder", {}),
                         ("reset", {"nth": 9}), ("delay", {"ms": 1})):
        fault = {"action": action, **more}
        write("world", action, b"\0" + bson.encode({"world": world, "op": {"name": {"$in": ["c", "v"]}}, "db": "db", "fault": fault}))


def write_states() -> None:
    """Byte 0: options of the handle; then instruction and argument, as the tables of states.c count them. `2:name` is of context 2."""
    source = (HERE / "states.c").read_text()
    ops = re.findall(r'^ {3}\{"(\w+)", (?:NULL|"\w+"), \w+, ', source, re.M)
    materials = re.findall(r'^ {3}\{\.name = "(\w+)"', (HERE / "support/states_material.c").read_text(), re.M)
    value = "ctx_setopt_key_id key_id ctx_setopt_algorithm 0 ctx_explicit_encrypt_init value step 0"
    encrypt = "ctx_new 0 ctx_encrypt_init {} step 0 step 0 step 0 step 0 step 0"
    programs = {
        "data-key": (0, "ctx_new 0 ctx_setopt_key_alt_name alt_name ctx_setopt_masterkey_local 0 ctx_datakey_init 0 step 0"),
        "data-key-on-demand": (2, "ctx_new 0 ctx_setopt_key_encryption_key local ctx_setopt_key_material key_material ctx_datakey_init 0 "
                                  "step 0 step 0"),
        "value": (0, f"ctx_new 0 {value} step 0 ctx_finalize 0"),
        "value-by-name": (1, "ctx_new 0 ctx_setopt_key_alt_name alt_name ctx_setopt_algorithm 1 ctx_explicit_encrypt_init value "
                             "step 0 step 0 step 0"),
        "indexed": (0, "ctx_new 0 ctx_setopt_key_id key_id ctx_setopt_algorithm 2 ctx_setopt_contention_factor 1 ctx_setopt_query_type 1 "
                       "ctx_explicit_encrypt_init value step 0 step 0"),
        "range": (0, "ctx_new 0 ctx_setopt_key_id key_id ctx_setopt_algorithm 4 ctx_setopt_contention_factor 1 ctx_setopt_algorithm_range range "
                     "ctx_setopt_query_type 0 ctx_explicit_encrypt_expression_init value step 0 step 0"),
        "two-contexts": (0, f"ctx_new 0 {value} step 0 1:ctx_new 0 1:ctx_decrypt_init sealed 1:step 0 1:step 0 ctx_destroy 0 1:ctx_finalize 0"),
        "decrypt": (0, "ctx_new 0 ctx_decrypt_init sealed step 0 step 0"),
        "decrypt-on-demand": (2, "ctx_new 0 ctx_explicit_decrypt_init sealed step 0 step 0 step 0"),
        "re-wrap": (0, "ctx_new 0 ctx_setopt_key_encryption_key named ctx_rewrap_many_datakey_init empty ctx_mongo_op 0 ctx_mongo_feed key_doc "
                       "ctx_mongo_feed other_key_doc ctx_mongo_done 0 step 0"),
        "re-wrap-known": (2, f"ctx_new 0 {value} 3:ctx_new 0 3:ctx_rewrap_many_datakey_init empty 3:step 0 3:step 0 3:step 0 3:ctx_finalize 0"),
        "re-wrap-nothing": (0, "ctx_new 0 ctx_rewrap_many_datakey_init empty ctx_mongo_done 0 ctx_finalize 0"),
        "credentials-refused": (1, f"ctx_new 0 {value} spoil 90 ctx_provide_kms_providers credentials ctx_finalize 0"),
        "late": (0, f"ctx_new 0 {value} ctx_setopt_key_alt_name alt_name ctx_mongo_op 0 ctx_datakey_init 0 ctx_state 0"),
        "nulls": (0, "ctx_new 0 ctx_decrypt_init sealed ctx_mongo_op 255 ctx_mongo_feed 255 ctx_finalize 255"),
        **{name: (options, encrypt.format(command)) for name, options, command in (
            ("find", 0, "find"), ("find-schema", 4, "find"), ("find-on-demand", 6, "find"), ("bypass", 64, "find"), ("fields", 8, "find_fields"),
            ("aggregate", 16, "aggregate"), ("create", 4, "create"), ("bulk", 32, "bulk"), ("compact", 8, "compact"), ("ping", 0, "ping"))},
        "old-hello": (0, "ctx_new 0 ctx_encrypt_init create ctx_mongo_feed old_hello ctx_mongo_done 0 ctx_finalize 0"),
        "two-schemas": (16, "ctx_new 0 ctx_encrypt_init aggregate ctx_mongo_feed hello ctx_mongo_done 0 ctx_mongo_op 0 ctx_mongo_feed other_collinfo "
                            "ctx_mongo_op 0 ctx_mongo_feed collinfo ctx_mongo_done 0 ctx_mongo_op 0 ctx_mongo_feed unmarked ctx_mongo_done 0 step 0"),
        "view": (0, "ctx_new 0 ctx_encrypt_init find ctx_mongo_feed view ctx_mongo_done 0"),
    }
    for name, (options, text) in programs.items():
        words = text.split()
        program = bytes([options])
        for fn, argument in zip(words[::2], words[1::2], strict=True):
            slot, _, op = fn.rpartition(":")
            program += bytes([int(slot or 0) << 6 | ops.index(op), int(argument) if argument.isdigit() else materials.index(argument)])
        write("states", name, program)


def main() -> None:
    write_states()
    write_world()
    write_replies()
    write_commands()
    write_cases_header()
    write_transcripts()
    write_scenarios()
    write_texts()
    write_options()
    sealed = {name: ciphertext(1 if name in ("string", "int32") else 2, *parts(value)) for name, value in VALUES.items()}
    for name, blob in sealed.items():
        write("ciphertext", name, b"\x03" + blob)
    write("ciphertext", "as-it-is", b"\x00" + sealed["string"])
    write("ciphertext", "short", b"\x00" + sealed["string"][:40])
    for first in (0, 3, 4, 5, 6, 14, 17, 19):
        write("ciphertext", f"first-byte-{first}", b"\x00" + bytes([first]) + sealed["string"][1:])

    fields = {name: Binary(blob, 6) for name, blob in sealed.items()}
    write("document", "every-type", bson.encode(fields))
    write("document", "nested", bson.encode({"a": [{"b": fields["string"]}, [fields["int32"]]], "c": {"d": {"e": fields["double"]}}}))
    tampered = {name: Binary(ciphertext(1, *parts(VALUES[name]), key_id=b"b" * 16), 6) for name in ("string", "int32")}
    write("document", "not-sealed-again", bson.encode(tampered))
    long = Binary(ciphertext(2, *parts("v" * 4200)), 6)  # opened where it will stand, unlike short ones
    write("document", "long-value", bson.encode({"a": fields["int32"], "b": long, "c": fields["string"]}))
    write("document", "plain", bson.encode({**VALUES, "max": MaxKey(), "null": None}))
    write("document", "not-a-ciphertext", bson.encode({"a": Binary(b"", 6), "b": Binary(b"\x13", 6), "c": Binary(b"\x00ab", 6)}))

    write("key_document", "whole", key_document())
    write("key_document", "version", key_document(version=0))
    write("key_document", "no-names", key_document(keyAltNames=...))
    write("key_document", "aws", key_document(masterKey={"provider": "aws", "region": "r", "key": "k", "endpoint": "e.x:1"}))
    write("key_document", "named", key_document(masterKey={"provider": "local:n"}))
    write("key_document", "kmip", key_document(masterKey={"provider": "kmip", "keyId": "1", "delegated": True}))

    aws = {"accessKeyId": "a", "secretAccessKey": "b", "sessionToken": "c"}
    azure = {"tenantId": "t", "clientId": "c", "clientSecret": "s", "identityPlatformEndpoint": "https://a.b:1/p?q"}
    gcp = {"email": "e", "privateKey": "AAEC", "endpoint": "a.b"}
    write("providers", "all", bson.encode({"aws": aws, "azure": azure, "gcp": gcp, "kmip": {"endpoint": "h:1"},
                                           "local": {"key": Binary(KEK, 0)}}))
    write("providers", "named", bson.encode({"aws:n_1": aws, "azure:x": {"accessToken": "t"}, "gcp:y": {"accessToken": "t"}}))
    write("providers", "on-demand", bson.encode({"aws": {}, "local": {"key": "A" * 128}}))


if __name__ == "__main__":
    main()
