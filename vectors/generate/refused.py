"""What the model says of an input that breaks a rule."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """`error` is the class of the error, `rule` the one rule that is broken, `facts` what the error tells about it."""

    def __init__(self, error: str, rule: str, check: str | None = None, **facts: str | int) -> None:
        super().__init__(f"{error}: {rule}")
        self.error, self.rule, self.check, self.facts = error, rule, check, facts
        self.more: dict[str, Any] = {}  # what happens before the refusal, for the file
