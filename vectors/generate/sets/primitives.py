"""primitives.json: answers that standards publish, recomputed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from generate import crypto
from generate.vectorset import Flag, VectorSet

FLAGS = {
    "Published": Flag(
        "WRONG_PRIMITIVE",
        "An answer that the named source publishes.",
        "Nothing that is built on this primitive works with anybody else.",
    ),
    "PublishedPrefix": Flag(
        "WRONG_PRIMITIVE",
        "The beginning of a published message: a cipher in counter mode ends anywhere.",
        "Messages that are no whole blocks are lost or read behind their end.",
    ),
    "OwnMessage": Flag(
        "WRONG_PRIMITIVE", "Other messages under a published key.", "Signatures of requests are refused by the service."
    ),
}

FIELDS = {
    "op": "the primitive",
    "source": "who publishes the answer",
    "key": "input", "iv": "input", "plaintext": "input", "message": "input",
    "private_key_pkcs8_der": "input: the private key",
    "ciphertext": "output", "mac": "output, whole", "digest": "output", "signature": "output",
    "published_bytes": "how many bytes of the output the source publishes",
}  # fmt: skip


def compute(op: str, source: str, published: bytes | None = None, **given: bytes) -> dict[str, Any]:
    name, answer = _answer(op, given)
    if published is None:
        return {name: answer}
    if answer[: len(published)] != published:
        raise ValueError(f"{source}: the published answer is not what comes out")
    return {name: answer, "published_bytes": len(published)}


def _answer(op: str, given: dict[str, bytes]) -> tuple[str, bytes]:
    match op:
        case "aes-256-cbc-nopad":
            return "ciphertext", crypto.cbc_encrypt(given["key"], given["iv"], given["plaintext"])
        case "aes-256-ctr":
            return "ciphertext", crypto.ctr(given["key"], given["iv"], given["plaintext"])
        case "hmac-sha-256":
            return "mac", crypto.hmac_sha_256(given["key"], given["message"])
        case "hmac-sha-512":
            return "mac", crypto.hmac_sha_512(given["key"], given["message"])
        case "sha-256":
            return "digest", crypto.sha_256(given["message"])
        case "sha-512":
            return "digest", crypto.sha_512(given["message"])
        case "rsassa-pkcs1-v1_5-sha-256":
            key = load_der_private_key(given["private_key_pkcs8_der"], None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise ValueError("the key is not RSA")
            return "signature", crypto.sign_rs256(key, given["message"])
    raise ValueError(f"no primitive {op}")


class _Primitives(VectorSet):
    """What is published takes part in computing, but is no input: it must not come out when an input is changed."""

    def build(self, change: Any = None, hazards: bool = False) -> dict[str, Any]:
        if change:
            change = {name: {"published": None, **inputs} for name, inputs in change.items()}
        built = super().build(change, hazards)
        for row in built["cases"]:
            row.pop("published", None)
        return built


SET = _Primitives("primitives.json", "published known answers of the primitives", compute, FLAGS, "R-VEC-010", FIELDS)


def _flag(case: dict[str, str]) -> str:
    if "published" in case:
        return "Published"
    return "PublishedPrefix" if "prefix" in case["source"] else "OwnMessage"


for _case in json.loads((Path(__file__).parent.parent / "published.json").read_text())["cases"]:
    _plain = {key: _case[key] for key in ("op", "source")}
    _bytes = {key: bytes.fromhex(value) for key, value in _case.items() if key not in ("name", "op", "source")}
    SET.add(_case["name"], _flag(_case), **_plain, **_bytes)
