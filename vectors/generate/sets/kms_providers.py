"""kms_providers.json: documents with the credentials of key management services."""

from __future__ import annotations

from typing import Any

from generate import bson
from generate.bson import document, int32, sub, text
from generate.material import KEK
from generate.model import fields
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Accepted": Flag("BASIC", "What each kind of provider needs and may have.", "A provider cannot be used."),
    "FieldMissing": Flag(
        "BASIC",
        "A field is missing or of another type.",
        "The defect is found at the first request, or memory that is no text is read.",
    ),
    "FieldUnknown": Flag(
        "BASIC", "A field that the kind does not know, or anything beside an access token.", "A mistyped option is ignored."
    ),
    "Base64": Flag("BASIC", "A key that is given as text.", "Another key is used than the one that was meant."),
    "Endpoint": Flag("BASIC", "An endpoint in the document.", "Requests go elsewhere."),
    "Id": Flag(
        "KEY_HANDLING", "The id of a provider: its type, its name, one of each.", "The keys of one tenant are used for another."
    ),
    "OnDemand": Flag(
        "KEY_HANDLING",
        "An empty document, which means credentials on demand and must be opted in to.",
        "A forgotten document goes unnoticed until the first request.",
    ),
    "NoProvider": Flag("BASIC", "No provider at all.", "A handle without keys is taken for one that works."),
}

FIELDS = {
    "document": "input: the document given to setopt_kms_providers before init, BSON",
    "providers": "output: ids of the providers that are configured then",
}


def compute(document: bytes) -> dict[str, Any]:
    return {"providers": list(fields.read_providers(document))}


SET = VectorSet(
    "kms_providers.json", "documents with credentials of key management services", compute, FLAGS, "R-OPT-020", FIELDS
)

ID, SECRET = text("accessKeyId", "a"), text("secretAccessKey", "b")
TENANT, CLIENT, CLIENT_SECRET = text("tenantId", "t"), text("clientId", "c"), text("clientSecret", "s")
EMAIL, PRIVATE = text("email", "e"), text("privateKey", "AAAA")
TOKEN = text("accessToken", "t")
AWS = sub("aws", ID, SECRET)
LOCAL = sub("local", bson.binary("key", KEK))
NAMED = "1.9.0"  # providers with a name came with this release

_GOOD = {
    "aws": document(AWS),
    "azure": document(sub("azure", TENANT, CLIENT, CLIENT_SECRET)),
    "gcp": document(sub("gcp", EMAIL, PRIVATE)),
    "kmip": document(sub("kmip", text("endpoint", "localhost"))),
    "local": document(LOCAL),
}


def _add(name: str, flag: str, kind: str, *elements: bytes, **more: Any) -> None:
    mend = Mend("give the fields that the provider needs, each of its type, and no other", {"document": _GOOD[kind]})
    SET.add(name, flag, mend=mend, document=document(*elements), **more)


_add("ok-aws", "Accepted", "aws", AWS)
_add("ok-aws-session", "Accepted", "aws", sub("aws", ID, SECRET, text("sessionToken", "t")))
_add("neg-aws-no-id", "FieldMissing", "aws", sub("aws", SECRET))
_add("neg-aws-no-secret", "FieldMissing", "aws", sub("aws", ID))
_add("neg-aws-extra", "FieldUnknown", "aws", sub("aws", ID, SECRET, text("x", "y")))
_add("neg-aws-token-int", "FieldMissing", "aws", sub("aws", ID, SECRET, int32("sessionToken", 1)))
_add("aws-empty-strings", "Accepted", "aws", sub("aws", text("accessKeyId", ""), text("secretAccessKey", "")))
_add("ok-azure", "Accepted", "azure", sub("azure", TENANT, CLIENT, CLIENT_SECRET))
_IPE = "identityPlatformEndpoint"
_add("ok-azure-ipe", "Endpoint", "azure", sub("azure", TENANT, CLIENT, CLIENT_SECRET, text(_IPE, "a.b")))
_add("ok-azure-token", "Accepted", "azure", sub("azure", TOKEN))
_add(
    "neg-azure-token-and-tenant",
    "FieldUnknown",
    "azure",
    sub("azure", TOKEN, TENANT, CLIENT, CLIENT_SECRET),
    comment="an access token stands alone",
)
_add("neg-azure-ipe-nodot", "Endpoint", "azure", sub("azure", TENANT, CLIENT, CLIENT_SECRET, text(_IPE, "localhost")))
_add("neg-azure-no-tenantId", "FieldMissing", "azure", sub("azure", CLIENT, CLIENT_SECRET))
_add("neg-azure-no-clientId", "FieldMissing", "azure", sub("azure", TENANT, CLIENT_SECRET))
_add("neg-azure-no-clientSecret", "FieldMissing", "azure", sub("azure", TENANT, CLIENT))
_add("neg-azure-extra", "FieldUnknown", "azure", sub("azure", TENANT, CLIENT, CLIENT_SECRET, text("q", "x")))
_add("neg-azure-token-int", "FieldMissing", "azure", sub("azure", int32("accessToken", 1)))
_add("ok-gcp-base64", "Base64", "gcp", sub("gcp", EMAIL, PRIVATE))
_add("ok-gcp-binary", "Accepted", "gcp", sub("gcp", EMAIL, bson.binary("privateKey", b"\0")))
_add("ok-gcp-endpoint", "Endpoint", "gcp", sub("gcp", EMAIL, PRIVATE, text("endpoint", "a.b")))
_add("ok-gcp-token", "Accepted", "gcp", sub("gcp", TOKEN))
_add("neg-gcp-no-email", "FieldMissing", "gcp", sub("gcp", PRIVATE))
_add("neg-gcp-no-key", "FieldMissing", "gcp", sub("gcp", EMAIL))
_add("neg-gcp-bad-base64", "Base64", "gcp", sub("gcp", EMAIL, text("privateKey", "@")))
_add("neg-gcp-empty-key", "FieldMissing", "gcp", sub("gcp", EMAIL, bson.binary("privateKey", b"")))
_add("neg-gcp-token-and-email", "FieldUnknown", "gcp", sub("gcp", TOKEN, EMAIL, PRIVATE))
_add(
    "neg-gcp-pem",
    "Base64",
    "gcp",
    sub("gcp", EMAIL, text("privateKey", "-----BEGIN PRIVATE KEY-----")),
    comment="base64 of PKCS#8 in DER, without armour",
)
_add("ok-kmip", "Accepted", "kmip", sub("kmip", text("endpoint", "localhost")))
_add("neg-kmip-extra", "FieldUnknown", "kmip", sub("kmip", text("endpoint", "a"), text("k", "v")))
_add("neg-kmip-endpoint-int", "FieldMissing", "kmip", sub("kmip", int32("endpoint", 1)))
_add("ok-local", "Accepted", "local", LOCAL)
_add(
    "ok-all-five",
    "Accepted",
    "aws",
    AWS,
    sub("azure", TOKEN),
    sub("gcp", TOKEN),
    sub("kmip", text("endpoint", "localhost")),
    LOCAL,
)
_add("neg-unknown", "Id", "aws", sub("vault", text("a", "b")))
_add("neg-upper-case", "Id", "aws", sub("AWS", ID, SECRET))
_add("neg-not-document", "FieldMissing", "aws", text("aws", "x"))
_add("neg-empty-list", "NoProvider", "aws")
_add("neg-duplicate-aws", "Id", "aws", AWS, AWS, since="1.8.0")
_add("empty-aws-without-on-demand", "OnDemand", "aws", sub("aws"))
_add("ok-named-aws", "Id", "aws", sub("aws:n1", ID, SECRET), since=NAMED)
_add("ok-named-and-plain", "Id", "aws", AWS, sub("aws:n1", ID, SECRET), since=NAMED)
_add("neg-named-empty", "OnDemand", "aws", sub("aws:n1"), since=NAMED)
_add("neg-named-duplicate", "Id", "aws", sub("aws:n1", ID, SECRET), sub("aws:n1", ID, SECRET), since=NAMED)
_add("neg-named-bad-char", "Id", "aws", sub("aws:n-1", ID, SECRET), since=NAMED)
_add("neg-named-no-name", "Id", "aws", sub("aws:", ID, SECRET), since=NAMED)
_add("neg-prefix-aw", "Id", "aws", sub("aw", ID, SECRET))
