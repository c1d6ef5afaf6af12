"""Documents of known fields: KMS providers and key encryption keys. Required fields are looked at in their order, then optional
ones, unknown ones last.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from generate import bson
from generate.model import endpoint
from generate.refused import Refused

TEXT, SECRET, ENDPOINT, ENDPOINT_NO_DOT, FLAG = "text", "secret", "endpoint", "endpoint without dot", "flag"


@dataclass(frozen=True)
class Field:
    name: str
    kind: str = TEXT
    required: bool = True


def _optional(name: str, kind: str = TEXT) -> Field:
    return Field(name, kind, False)


PROVIDERS: dict[str, tuple[Field, ...]] = {
    "aws": (Field("accessKeyId"), Field("secretAccessKey"), _optional("sessionToken")),
    "azure": (Field("tenantId"), Field("clientId"), Field("clientSecret"), _optional("identityPlatformEndpoint", ENDPOINT)),
    "gcp": (Field("email"), Field("privateKey", SECRET), _optional("endpoint", ENDPOINT)),
    "kmip": (Field("endpoint", ENDPOINT_NO_DOT),),
    "local": (Field("key", SECRET),),
}
TOKEN = (Field("accessToken"),)

# In the order of checking.
MASTER_KEYS: dict[str, tuple[Field, ...]] = {
    "aws": (Field("key"), Field("region"), _optional("endpoint", ENDPOINT)),
    "azure": (Field("keyVaultEndpoint", ENDPOINT), Field("keyName"), _optional("keyVersion")),
    "gcp": (
        _optional("endpoint", ENDPOINT), Field("projectId"), Field("location"), Field("keyRing"), Field("keyName"),
        _optional("keyVersion"),
    ),
    "kmip": (_optional("endpoint", ENDPOINT_NO_DOT), _optional("keyId"), _optional("delegated", FLAG)),
    "local": (),
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """Which rule stands for which defect: the same checks serve two kinds of document."""

    what: str
    missing: str
    unknown: str
    secret: str = "R-KP-001"
    endpoint: str = "R-OPT-022"


OF_PROVIDERS = Rules("kms_providers", "R-OPT-020", "R-OPT-021")
OF_OPTION = Rules("key_encryption_key", "R-OPT-037", "R-OPT-037")
OF_KEY_DOCUMENT = Rules("masterKey", "R-KEY-010", "R-KEY-010", endpoint="R-KEY-010")


def _missing(field: Field, got: str, rules: Rules) -> Refused:
    return Refused("FIELD_REQUIRED", rules.missing, field=field.name, got=got)


def _read_secret(field: Field, found: bson.Element, rules: Rules, provider: str) -> bytes:
    if found.kind == bson.BINARY:
        data = found.binary()[1]
        if not data:
            raise Refused("FIELD_REQUIRED", rules.secret, field=field.name, got="binData")
        return data
    try:
        data = b64decode(re.sub(rb"\s", b"", found.text()), validate=True)
    except binascii.Error:
        data = b""
    if not data:
        raise Refused("BASE64_INVALID", rules.secret, field=field.name, provider=provider)
    return data


def _read(document: bytes, field: Field, rules: Rules, provider: str) -> bytes | str | None:
    found = bson.find(document, field.name)
    if found is None:
        if field.required:
            raise _missing(field, "absent", rules)
        return None
    if field.kind == FLAG:
        if found.kind != bson.BOOL:
            raise _missing(field, bson.NAMES[found.kind], rules)
        return found.value
    if field.kind == SECRET and found.kind in (bson.BINARY, bson.STRING):
        return _read_secret(field, found, rules, provider)
    if found.kind != bson.STRING:
        raise _missing(field, bson.NAMES[found.kind], rules)
    text = found.text().decode()
    if field.kind in (ENDPOINT, ENDPOINT_NO_DOT):
        try:
            return endpoint.parse(text, field.kind == ENDPOINT_NO_DOT, field.name).host_and_port
        except Refused as refused:
            raise Refused(refused.error, rules.endpoint, **refused.facts) from None
    return text


def read(document: bytes, fields: Sequence[Field], others: Sequence[str], rules: Rules, provider: str) -> dict[str, bytes | str]:
    values = {field.name: _read(document, field, rules, provider) for field in fields}
    known = {field.name for field in fields} | set(others)
    for found in bson.elements(document):
        name = found.name.decode()
        if name not in known:
            raise Refused("FIELD_UNKNOWN", rules.unknown, field=name)
    return {name: value for name, value in values.items() if value is not None}


# --- ids of providers -------------------------------------------------------------------------------------------------


def provider_type(provider: str, in_providers: bool) -> str:
    """The type of `type` or `type:name`. In a key encryption key all defects are one: the id is of no known form."""
    kind, colon, name = provider.partition(":")
    if kind not in PROVIDERS:
        raise Refused("PROVIDER_UNKNOWN_TYPE", "R-KP-010", provider=provider)
    if colon and not re.fullmatch(r"[A-Za-z0-9_]+", name):
        error = "PROVIDER_NAME_INVALID" if in_providers else "PROVIDER_UNKNOWN_TYPE"
        raise Refused(error, "R-KP-006", provider=provider)
    return kind


def read_master_key(document: bytes, rules: Rules) -> tuple[str, str, dict[str, bytes | str]]:
    """Provider, its type, and the values of its fields."""
    provider = _read(document, Field("provider"), rules, "")
    if not isinstance(provider, str):
        raise TypeError(provider)
    kind = provider_type(provider, in_providers=False)
    return provider, kind, read(document, MASTER_KEYS[kind], ("provider",), rules, provider)


# --- the document of providers ----------------------------------------------------------------------------------------


def _read_provider(provider: str, kind: str, document: bytes) -> dict[str, bytes | str]:
    if kind in ("azure", "gcp") and bson.find(document, "accessToken"):
        return read(document, TOKEN, (), OF_PROVIDERS, provider)
    if kind == "local":
        key = _read(document, PROVIDERS[kind][0], OF_PROVIDERS, provider)
        if key is not None and len(key) != 96:
            raise Refused("LOCAL_KEY_LENGTH", "R-OPT-004", length=len(key), want=96)
    return read(document, PROVIDERS[kind], (), OF_PROVIDERS, provider)


def read_providers(document: bytes) -> dict[str, dict[str, bytes | str]]:
    """What `setopt_kms_providers` and then `init` do with the document, without credentials on demand."""
    out: dict[str, dict[str, bytes | str]] = {}
    empty: list[str] = []
    try:
        found = list(bson.elements(document))
    except bson.Malformed:
        raise Refused("BSON_INVALID", "R-KP-009") from None
    for element in found:
        provider = element.name.decode()
        if element.kind != bson.DOCUMENT:
            raise Refused("FIELD_REQUIRED", "R-KP-003", field=provider, got=bson.NAMES[element.kind])
        kind = provider_type(provider, in_providers=True)
        if len(element.value) == 5:
            if ":" in provider:
                raise Refused("PROVIDER_EMPTY", "R-KP-005", provider=provider)
            empty.append(provider)
            continue
        if provider in out:
            if ":" in provider:
                raise Refused("DUPLICATE_NAME", "R-KP-007", name=provider)
            raise Refused("OPTION_TWICE", "R-KP-007", provider=provider)
        out[provider] = _read_provider(provider, kind, element.value)
    if not out and not empty:
        raise Refused("PROVIDER_NONE", "R-INIT-008")
    if empty:
        raise Refused("PROVIDER_EMPTY", "R-KP-004", provider=empty[0])
    return out
