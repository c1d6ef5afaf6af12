"""Prints a scenario that does what a fuzz target did with an input: the first step from a finding to its case.

The case says what is given, not what must come out: fill in id, rules and `expect`, and make the input smaller first
(build/fuzz/targets/TARGET -minimize_crash=1 INPUT). A key id of the target becomes that of `local-1`, whose key document here holds the
target's own data key; what the target sealed again is sealed again with that id. Inputs of base64 and endpoint belong into a unit test,
scenario files into spec-tests/meta/invalid, transcripts into runner/judge/test. For `states`, `make build/release/targets/states` comes first.
Usage: build/venv/bin/python tools/fuzz_case.py TARGET INPUT
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROOT = Path(__file__).resolve().parent.parent
KEY_NAME = "local-1"
HEAD = 18  # of a ciphertext: first byte, key id, BSON type
TAG = 32
DATA_KEY = bytes((i * 7 + 1) % 256 for i in range(96))  # flp_fuzz_key of fuzz/support/support.c
OPTIONS = ("key_encryption_key", "key_alt_name", "key_material", "key_id", "index_key_id", "algorithm_range", "algorithm_text")
ALGORITHMS = {"algorithm_range": "Range", "algorithm_text": "string", "index_key_id": "Indexed"}
TEXTS = ("masterkey_aws_endpoint", "masterkey_aws", "algorithm", "query_type")
MAPS = ("schema_map", "encrypted_field_config_map")
PROVIDER = "kms_providers: {local: {key: !key local-1}}"


def stream(label: str, length: int) -> bytes:
    """Named material, as docs/architecture.md defines it."""
    blocks = (hashlib.sha256(f"fleproof/{label}/{n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def key_id() -> bytes:
    raw = bytearray(stream(f"{KEY_NAME}/id", 16))
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    return bytes(raw)


def seal_again(blob: bytes) -> bytes:
    if len(blob) < HEAD + TAG:
        return blob
    body = blob[:-TAG]
    tag = hmac.new(DATA_KEY[:32], body + struct.pack(">Q", 8 * HEAD), hashlib.sha512).digest()[:TAG]
    return body + tag


def vault() -> str:
    """The key document of local-1 with the target's data key in it, wrapped under the local key of the case."""
    kek, iv = stream(KEY_NAME, 96), bytes(16)
    sealer = Cipher(algorithms.AES(kek[32:64]), modes.CBC(iv)).encryptor()
    body = iv + sealer.update(DATA_KEY + bytes([16]) * 16) + sealer.finalize()
    tag = hmac.new(kek[:32], body + bytes(8), hashlib.sha512).digest()[:TAG]
    return f"world: {{key_vault: [!keydoc {{name: {KEY_NAME}, set: {{keyMaterial: {hexed(body + tag)}}}}}]}}"


def hexed(data: bytes, subtype: int | None = None) -> str:
    return f'!hex "{data.hex()}"' if subtype is None else f'!hex {{bytes: "{data.hex()}", subtype: {subtype}}}'


def ciphertext(data: bytes) -> list[str]:
    flags, blob = data[0], data[1:]
    if flags & 1 and len(blob) > 16:
        blob = blob[:1] + key_id() + blob[17:]
    if flags & 2:
        blob = seal_again(blob)
    return [vault(), f"call: {{explicit_decrypt: {{value: {{v: {hexed(blob, 6)}}}}}}}"]


def document(data: bytes) -> list[str]:
    made = bytearray(data)
    for found in re.finditer(rb"a{16}|b{16}", data):
        at = found.start()
        made[at : at + 16] = key_id()
        length = int.from_bytes(made[max(at - 6, 0) : at - 2], "little")
        if found[0][:1] == b"a" and at >= 6 and length <= len(made) - (at - 1):
            made[at - 1 : at - 1 + length] = seal_again(bytes(made[at - 1 : at - 1 + length]))
    return [vault(), f"call: {{decrypt: {{doc: {hexed(bytes(made))}}}}}"]


def key_document(data: bytes) -> list[str]:
    return ["handle: {kms_providers: {local: {key: !fill {len: 96, byte: 0}}}}",
            'call: {explicit_encrypt: {key_alt_name: "n", algorithm: deterministic, value: {v: x}}}',
            f"exchange: [{{ask: {{state: NEED_MONGO_KEYS}}}}, {{answer: {{keys: [{hexed(data)}]}}}}]"]


def providers(data: bytes) -> list[str]:
    return [f"handle: {{kms_providers: [{hexed(data)}]}}", "call: {decrypt: {doc: {}}}"]


def options(data: bytes) -> list[str]:
    choice, value = data[0] % (len(OPTIONS) + len(MAPS) + len(TEXTS)), hexed(data[1:])
    if choice >= len(OPTIONS) + len(MAPS):
        name = TEXTS[choice - len(OPTIONS) - len(MAPS)]
        return ["steps:", "  - {ctx_new: {crypt: handle}, as: c}", f"  # the text is {data[1:]!r}; write it as the argument of this call",
                f"  - {{ctx_setopt_{name}: {{ctx: c}}}}"]
    if choice >= len(OPTIONS):
        return [f"handle: {{{PROVIDER}, {MAPS[choice - len(OPTIONS)]}: {value}}}", "call: {decrypt: {doc: {}}}"]
    name = OPTIONS[choice]
    if name == "key_encryption_key":
        return [f"call: {{datakey: {{key_encryption_key: {value}}}}}"]
    if name in ("key_alt_name", "key_material"):
        # Given raw: the target passes any bytes as the option's document.
        return ["steps:", "  - {ctx_new: {crypt: handle}, as: c}", f"  - {{ctx_setopt_{name}: {{ctx: c, {name}: {value}}}}}",
                "  - {ctx_setopt_masterkey_local: {ctx: c}}", "  - {ctx_datakey_init: {ctx: c}}"]
    key = "" if name == "key_id" else "key_id: !uuid local-1, "
    key += "contention_factor: 1, " if name in ALGORITHMS else ""
    return [vault(),
            f"call: {{explicit_encrypt: {{{key}{name}: {value}, algorithm: {ALGORITHMS.get(name, 'random')}, value: {{v: x}}}}}}"]


NOTHING = "{schemaRequiresEncryption: false, result: {}, ok: 1.0}"
FIND, TWO = "{find: c}", "{aggregate: c, pipeline: [{$lookup: {from: d}}]}"
FIELDS_BY_ID = '{db.d: {fields: [{path: p, keyId: !hex {bytes: "' + b"a".hex() * 16 + '", subtype: 4}}]}}'
FIELDS_BY_NAME = '{db.d: {fields: [{path: p, keyAltName: "n"}]}}'


def encryption(command: str, answers: list[str]) -> list[str]:
    return [f"call: {{encrypt: {{db: db, cmd: {command}}}}}", "exchange:", *(f"  - answer: {{{answer}}}" for answer in answers)]


def collinfo(data: bytes) -> list[str]:
    two = data[0] % 2 == 1
    wire = ["markings: {maxWireVersion: 27}"] if two else []
    return [f"handle: {{{PROVIDER}, enable_multiple_collinfo: true}}",
            *encryption(TWO if two else FIND, [*wire, f"collinfo: [{hexed(data[1:])}]", f"markings: {NOTHING}"])]


def markings(data: bytes) -> list[str]:
    reply = data.replace(b"a" * 16, key_id())
    named = vault().replace(f"{{name: {KEY_NAME},", f'{{name: {KEY_NAME}, alt_names: ["n"],')
    return [f"handle: {{{PROVIDER}, schema_map: {{db.c: {{}}}}}}", named,
            *encryption('{find: c, $db: db}', [f"markings: {hexed(reply)}", "keys: live"])]


def command(data: bytes) -> list[str]:
    more = ["enable_multiple_collinfo: true", "use_need_mongo_collinfo_with_db_state: true"]
    more += ["schema_map: {db.c: {}}"] if data[0] & 1 else []
    more += [f"encrypted_field_config_map: {FIELDS_BY_NAME if data[0] & 4 else FIELDS_BY_ID}"] if data[0] & 2 else []
    more += ["bypass_query_analysis: true"] if data[0] & 8 else []
    return [f"handle: {{{PROVIDER}, {', '.join(more)}}}", "# which of these are asked for, and in which order, depends on the command",
            *encryption(hexed(data[1:]), ["markings: {maxWireVersion: 27}", "collinfo: []", "keys: []", f"markings: {NOTHING}"])]


def states(data: bytes) -> list[str]:
    """The target itself says what it does, and what each call gave; it may die on the way."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        run = subprocess.run([ROOT / "build/release/targets/states", file.name], env={**os.environ, "FLP_FUZZ_STEPS": "1"}, text=True,
                             stdout=subprocess.PIPE, check=False)
    return [line for line in run.stdout.splitlines() if not line.endswith(" inputs")]


TARGETS: dict[str, Callable[[bytes], list[str]]] = {
    "ciphertext": ciphertext, "document": document, "key_document": key_document, "providers": providers, "options": options,
    "collinfo": collinfo, "markings": markings, "command": command, "states": states,
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in TARGETS:
        print(f"usage: fuzz_case.py {'|'.join(TARGETS)} INPUT", file=sys.stderr)
        return 2
    body = TARGETS[arguments[0]](Path(arguments[1]).read_bytes())
    handle = [] if any(line.startswith("handle:") for line in body) else [f"handle: {{{PROVIDER}}}"]
    lines = ["- id: area/topic/what-happens", "  rules: [R-AREA-000]", *(f"  {line}" for line in [*handle, *body])]
    print("\n".join(["format: 1", "topic: area/topic", "cases:", *(f"  {line}" for line in lines)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
