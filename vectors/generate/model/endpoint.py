"""Endpoints: `[scheme://]host[:port][/path][?query]`, cut where deployed libraries cut it."""

from __future__ import annotations

from dataclasses import dataclass

from generate.refused import Refused


@dataclass(frozen=True)
class Endpoint:
    scheme: str | None
    host: str
    subdomain: str | None
    domain: str
    port: str | None
    path: str | None
    query: str | None
    host_and_port: str

    def connect_to(self, default_port: str) -> str:
        """A text with a colon is taken as it is."""
        return self.host_and_port if ":" in self.host_and_port else f"{self.host_and_port}:{default_port}"


def _find(text: str, what: str, start: int) -> int:
    at = text.find(what, start)
    return len(text) if at < 0 else at


def parse(text: str, dot_optional: bool, field: str = "endpoint") -> Endpoint:
    scheme, rest = None, text
    if "://" in text:
        scheme, rest = text.split("://", 1)
    dot = rest.find(".")
    if dot < 0 and not dot_optional:
        raise Refused("ENDPOINT_INVALID", "R-OPT-022", field=field, endpoint=text)
    after = dot + 1  # 0 where there is no dot
    end = len(rest)
    colon, question = _find(rest, ":", after), _find(rest, "?", after)
    slash = _find(rest, "/", after)
    if slash > question:
        slash = end  # a slash in the query is query
    if end > colon > min(slash, question):
        raise Refused("ENDPOINT_INVALID", "R-OPT-022", field=field)
    host_end, port_end = min(colon, slash, question), min(slash, question)
    path = rest[slash + 1 : question] if slash < end else None
    if path and path.endswith("/"):
        path = path[:-1]
    return Endpoint(
        scheme=scheme,
        host=rest[:host_end],
        subdomain=rest[:dot] if dot >= 0 else None,
        domain=rest[after:host_end],
        port=rest[colon + 1 : port_end] if colon < end else None,
        path=path,
        query=rest[question + 1 :] if question < end else None,
        host_and_port=rest[: port_end if colon < end else host_end],
    )
