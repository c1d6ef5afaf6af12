"""A vector file in the making: cases with their inputs, and the function that computes what must come out.

A case is kept as what it begins with until `build` is called. `build(change)` exchanges inputs before anything is computed, which
is how the tests see that outputs are computed; how a changed case is mended is left out. A case that must be refused says how it is
mended by other inputs; what comes out then is computed too, and must be an acceptance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generate.refused import Refused

Values = dict[str, Any]


@dataclass(frozen=True)
class Flag:
    """Why a case is there: the kind of bug that it looks for, what that bug does, and what the case is about."""

    kind: str
    about: str
    effect: str


@dataclass(frozen=True)
class Mend:
    text: str
    inputs: Values


@dataclass(frozen=True)
class Case:
    name: str
    flag: str
    inputs: Values
    rule: str
    comment: str | None = None
    mend: Mend | None = None
    since: str = "1.0.0"
    level: str = "must"
    hazard: bool = False
    more: Values = field(default_factory=dict)


class VectorSet:
    def __init__(
        self,
        file: str,
        description: str,
        compute: Callable[..., Values],
        flags: Mapping[str, Flag],
        rule: str,
        fields: Mapping[str, str],
        keys: Values | None = None,
    ) -> None:
        """`rule` is what an accepted case proves unless it says other; `fields` explains inputs and outputs by name."""
        self.file, self.description, self.compute = file, description, compute
        self.flags, self.rule, self.fields, self.keys = dict(flags), rule, dict(fields), keys
        self.cases: list[Case] = []
        self._bytes: set[str] = set()  # names of fields whose text is hexadecimal

    def add(self, name: str, flag: str, rule: str | None = None, mend: Mend | None = None, **more: Any) -> None:
        """Inputs are the keyword arguments that `Case` does not know. Bytes are written as hexadecimal text."""
        known = {key: more.pop(key) for key in ("comment", "since", "level", "hazard", "more") if key in more}
        if flag not in self.flags:
            raise ValueError(f"{self.file}: {name} has flag {flag}, which no note explains")
        self.cases.append(Case(name, flag, more, rule or self.rule, mend=mend, **known))

    def build(self, change: Mapping[str, Values] | None = None, hazards: bool = False) -> Values:
        """The whole file as JSON values."""
        rows = [self._row(case, (change or {}).get(case.name, {})) for case in self.cases if case.hazard == hazards]
        names = [row["name"] for row in rows]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.file}: a name stands twice")
        used = {flag for row in rows for flag in row["flags"]}
        seen = set().union(*(row.keys() for row in rows))
        head: Values = {
            "generated_by": f"vectors/generate/sets/{self.file.removesuffix('.json')}.py: edit that, then run `make vectors`",
            "file": self.file,
            "format": 1,
            "description": self.description,
            "fields": self.fields,
            "bytes": sorted(self._bytes & seen),
            "notes": {name: vars(flag) for name, flag in self.flags.items() if name in used},
        }
        if self.keys:
            head["keys"] = _plain(self.keys)
        return {**head, "count": len(rows), "cases": rows}

    def _row(self, case: Case, change: Values) -> Values:
        inputs = {**case.inputs, **change}
        row: Values = {"name": case.name, "flags": [case.flag]}
        if case.comment:
            row["comment"] = case.comment
        row |= {"level": case.level, "since": case.since} | _plain(case.more) | _plain(inputs)
        self._bytes |= {name for name, value in inputs.items() if isinstance(value, bytes)}
        try:
            outputs = self.compute(**inputs)
        except Refused as refused:
            row |= self._refusal(refused)
            return row if change else row | self._mend(case, inputs, refused)
        self._bytes |= {name for name, value in outputs.items() if isinstance(value, bytes)}
        return row | {"valid": True, "rule": case.rule} | _plain(outputs)

    def _refusal(self, refused: Refused) -> Values:
        row: Values = {"valid": False, "error": refused.error, "facts": refused.facts, "breaks": refused.rule}
        if refused.check:
            row["check"] = refused.check
        return row | _plain(refused.more)

    def _mend(self, case: Case, inputs: Values, refused: Refused) -> Values:
        if case.mend is None:
            raise ValueError(f"{self.file}: {case.name} is refused ({refused.rule}) and does not say how to mend it")
        mended = self.compute(**{**inputs, **case.mend.inputs})  # a Refused here says that the mend mends nothing
        changes = _plain(case.mend.inputs) | {"valid": True, "rule": case.rule} | _plain(mended)
        return {"mend": {"text": case.mend.text, "set": changes}}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def text_of(built: Values) -> str:
    """One case a line: a change of one case is a change of one line."""
    head = {key: value for key, value in built.items() if key != "cases"}
    lines = [json.dumps(row, ensure_ascii=False) for row in built["cases"]]
    opened = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    return opened + ',\n "cases": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
