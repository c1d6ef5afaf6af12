"""endpoints.json: texts of endpoints and how they are cut. `dot_optional` is for KMIP."""

from __future__ import annotations

from typing import Any

from generate.model import endpoint
from generate.vectorset import Flag, Mend, VectorSet

FLAGS = {
    "Parts": Flag("BASIC", "Scheme, host, port, path and query.", "Requests go to another host, or carry another Host header."),
    "OddParts": Flag(
        "LEGACY",
        "Nothing is validated beyond the grammar: empty labels, words for ports, user names, brackets. Late releases of 1.20 refuse many of these.",
        "Key documents whose endpoint was stored so are refused here.",
    ),
    "NoDot": Flag(
        "BASIC", "A host without a dot, which only KMIP may have.", "A mistyped endpoint is found only when nothing answers."
    ),
    "ColonBehindPath": Flag(
        "MEMORY_SAFETY",
        "A colon behind the path or the query. Released libraries end the process.",
        "One text in a key document ends every client.",
    ),
}

FIELDS = {
    "endpoint": "input",
    "dot_optional": "input",
    "scheme": "output; null: absent, as with every part",
    "host": "output", "subdomain": "output", "domain": "output", "port": "output", "path": "output", "query": "output",
    "host_and_port": "output: what is stored in masterKey",
    "connect_to": "output: what the driver is told to connect to, with the default port of AWS (443) or KMIP (5696)",
}  # fmt: skip


def compute(endpoint: str, dot_optional: bool) -> dict[str, Any]:
    parts = _parse(endpoint, dot_optional)
    return vars(parts) | {"connect_to": parts.connect_to("5696" if dot_optional else "443")}


_parse = endpoint.parse
SET = VectorSet("endpoints.json", "texts of endpoints and how they are cut", compute, FLAGS, "R-OPT-022", FIELDS)

_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("vault", "kevin.keyvault.azure.net", "Parts"),
    ("vault-port", "kevin.keyvault.azure.net:443", "Parts"),
    ("vault-all-parts", "https://kevin.keyvault.azure.net:443/some/path/?query=value", "Parts"),
    ("scheme", "https://example.com", "Parts"),
    ("scheme-slash", "http://example.com/", "Parts"),
    ("path", "example.com/path", "Parts"),
    ("path-closed", "example.com/path/", "Parts"),
    ("path-closed-twice", "example.com/a/b//", "Parts"),
    ("slash-query", "example.com/?q=1", "Parts"),
    ("query", "example.com?q=1", "Parts"),
    ("port-query", "example.com:99?q=1", "Parts"),
    ("port-path-query", "example.com:99/p?q=1", "Parts"),
    ("port-empty", "example.com:", "OddParts"),
    ("port-word", "example.com:port", "OddParts"),
    ("four-labels", "a.b.c.d", "Parts"),
    ("first-label-empty", ".com", "OddParts"),
    ("last-label-empty", "example.", "OddParts"),
    ("only-a-dot", ".", "OddParts"),
    ("label-empty", "a..b", "OddParts"),
    ("address", "127.0.0.1", "Parts"),
    ("address-port", "127.0.0.1:8000", "Parts"),
    ("no-dot", "localhost", "NoDot"),
    ("no-dot-port", "localhost:5698", "NoDot"),
    ("dot-in-path", "localhost:5698/x.y", "OddParts"),
    ("no-dot-path", "localhost/p", "NoDot"),
    ("empty", "", "NoDot"),
    ("one-word", "malformed", "NoDot"),
    ("blank", "my host.com", "OddParts"),
    ("other-scheme", "ftp://x.y:1", "Parts"),
    ("only-a-scheme", "https://", "NoDot"),
    ("scheme-no-dot", "https://localhost", "NoDot"),
    ("scheme-empty", "://a.b", "OddParts"),
    ("user", "user@host.com:1", "OddParts"),
    ("user-password", "user:pw@host.com", "OddParts"),
    ("ipv6", "[::1]:5696", "NoDot"),  # without a dot it is odd
    ("ipv6-dot", "[::1].x:5696", "OddParts"),
    ("colon-in-path", "example.com/a:b", "ColonBehindPath"),
    ("colon-in-query", "example.com?x=a:b", "ColonBehindPath"),
    ("slash-in-query", "example.com/p?x=/y", "Parts"),
    ("upper-case", "EXAMPLE.Com:443", "Parts"),
    ("letters-beyond-ascii", "exämple.com", "OddParts"),
    ("scheme-twice", "https://https://a.b", "OddParts"),
    ("colon-behind-all", "a.b/c.d:5?e.f", "ColonBehindPath"),
)

_MENDS = {
    "NoDot": ("give a host with a dot", "localhost.example.com"),
    "ColonBehindPath": ("leave out the colon", "example.com/ab"),
}

for _name, _text, _flag in _TEXTS:
    for _dot, _optional in (("dot-required", False), ("dot-optional", True)):
        _how = _MENDS.get(_flag)
        SET.add(
            f"{_name}-{_dot}",
            _flag,
            mend=Mend(_how[0], {"endpoint": _how[1]}) if _how else None,
            hazard=_flag == "ColonBehindPath",
            level="may" if _flag == "OddParts" or (_name == "ipv6" and _optional) else "must",
            endpoint=_text,
            dot_optional=_optional,
        )
