"""What happened in one case on one subject, told in turns: what the case says beside what the transcript holds.

A turn is `{kind, title, says, happened, at}`: `says` and `happened` are lists of `[label, text, bytes or None]`, and `at` the
places by which a difference names this turn. Nothing is compared here: that was the judge's work.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bson
from bson import json_util

from reports import notation
from reports.folder import CANONICAL, DECODE

Event = dict[str, Any]
_WORDS_OF_THE_ABI = ("state", "as", "fault", "keys", "collinfo", "markings", "kms", "credentials")
_NOT_BYTES = ("endpoint", "db", "kms_provider")
_WORDS = {
    "NEED_MONGO_KEYS": "keys",
    "NEED_MONGO_COLLINFO": "collection info",
    "NEED_MONGO_MARKINGS": "markings",
    "NEED_KMS": "a KMS",
}


@dataclass
class Line:
    """One labelled value. `data` are its bytes, or how the transcript names them when they lie in a file."""

    label: str
    text: str
    data: bytes | dict[str, Any] | None = None


@dataclass
class Turn:
    kind: str
    title: str
    says: list[Line] = field(default_factory=list)
    happened: list[Line] = field(default_factory=list)
    at: str = ""


def tell(case: dict[str, Any], events: tuple[Event, ...]) -> list[Turn]:
    """All turns in order; what the case foresees and the subject never came to stands at the end of its call."""
    if "steps" in case or any(event.get("ev") == "step" for event in events):
        return list(_steps(case.get("steps") or [], case.get("expect"), events))
    items = case.get("calls") or [case]
    calls = range(len(items))
    first = next((at for at, event in enumerate(events) if event.get("call") in calls), len(events))
    turns = [turn for event in events[:first] for turn in _aside(event)]
    for number, item in enumerate(items):
        prefix = f"calls.{number}." if "calls" in case else ""
        own = [event for event in events if event.get("call") == number]
        turns += _call(item, own, prefix)
    turns += [turn for event in events[first:] if event.get("call") not in calls for turn in _aside(event)]
    if "calls" in case and "expect" in case:
        turns.append(Turn("expect", "of the whole case", [_json("expect", case["expect"])], at="expect"))
    return turns


def place(turns: list[Turn], at: str) -> Turn | None:
    """The turn that a difference speaks of: the one with the longest place that `at` lies in."""
    fitting = [turn for turn in turns if turn.at and (at == turn.at or at.startswith(f"{turn.at}."))]
    return max(fitting, key=lambda turn: len(turn.at), default=None)


def _call(item: dict[str, Any], events: list[Event], prefix: str) -> Iterator[Turn]:
    if "clock" in item:
        moved = [Line("clock", f"moves by {event.get('advance_ms')} ms") for event in events if event.get("ev") == "clock"]
        yield Turn("clock", "time passes", [Line("clock", _clock(item["clock"]))], moved, f"{prefix}clock")
        return
    if "call" in item:
        name = next(iter(item["call"]), "") if isinstance(item["call"], dict) else ""
        yield Turn("call", name, [_json("with", item["call"].get(name))] if name else [], at=f"{prefix}exchange")
    script = list(enumerate(item.get("exchange") or ()))
    for event in events:
        if event.get("ev") == "ask":
            yield _ask(event, *_next(script, "ask", ("ask",)), prefix)
        elif event.get("ev") == "answer":
            yield _answer(event, *_next(script, "answer", ("ask", "answer")), prefix)
        elif event.get("ev") == "outcome":
            yield from _never(script, prefix)
            script = []
            yield _outcome(event, item.get("expect"), prefix)
        else:
            yield from _aside(event)
    yield from _never(script, prefix)
    if not any(event.get("ev") == "outcome" for event in events) and "expect" in item:
        yield Turn("outcome", "no outcome", [_json("expect", item["expect"])], at=f"{prefix}expect")


def _clock(value: Any) -> str:
    """A duration stands expanded, as a number of milliseconds."""
    number = value.get("$numberLong", value.get("$numberInt")) if isinstance(value, dict) else None
    return f"moves by {number} ms" if number is not None else notation.lines(value)


def _next(script: list[tuple[int, Any]], word: str, over: tuple[str, ...]) -> tuple[int | None, Any]:
    """Takes the next item of this word from the script, over items that are of no matter to it."""
    for position, (number, item) in enumerate(script):
        if word in item:
            del script[: position + 1]
            return number, item[word]
        if not any(other in item for other in over):
            break
    return None, None


def _never(script: list[tuple[int, Any]], prefix: str) -> Iterator[Turn]:
    for number, item in script:
        word = next(iter(item), "")
        yield Turn("never", f"{word} that never came", [_json(word, item.get(word))], at=f"{prefix}exchange.{number}")


def _ask(event: Event, number: int | None, said: Any, prefix: str) -> Turn:
    state = str(event.get("state"))
    title = f"asks for {_WORDS.get(state, state)}"
    happened = [Line("state", state)]
    if event.get("db"):
        happened.append(Line("db", str(event["db"])))
    if event.get("op") is not None:
        happened.append(_bytes("op", event["op"]))
    for kms in _list(event.get("kms")):
        if isinstance(kms, dict):
            happened.append(_bytes(f"{kms.get('provider')} at {kms.get('endpoint')}", kms.get("message")))
    says = [_json(key, value) for key, value in said.items()] if isinstance(said, dict) else []
    return Turn("ask", title, says, happened, f"{prefix}exchange.{number}" if number is not None else "")


def _answer(event: Event, number: int | None, said: Any, prefix: str) -> Turn:
    given = [_bytes(str(event.get("kind")), data) for data in _list(event.get("given"))]
    happened = given or [Line(str(event.get("kind")), "no document")]
    if event.get("fault"):
        happened.append(
            Line("fault", f"{event['fault']}" + (f" at byte {event['offset']}" if event.get("offset") is not None else ""))
        )
    if False in _list(event.get("returns")):
        happened.append(Line("feed", f"returns {json.dumps(event['returns'])}"))
    says = [_json(key, value) for key, value in said.items()] if isinstance(said, dict) else []
    return Turn("answer", "the world answers", says, happened, f"{prefix}exchange.{number}" if number is not None else "")


def _outcome(event: Event, expect: Any, prefix: str) -> Turn:
    happened = [Line("state", str(event.get("state")))]
    if event.get("failed"):
        happened.append(Line("failed in", str(event["failed"])))
    if event.get("result") is not None:
        happened.append(_bytes("result", event["result"]))
    happened += _error(event)
    says = [_json(key, value) for key, value in expect.items()] if isinstance(expect, dict) else []
    return Turn("outcome", f"ends in {event.get('state')}", says, happened, f"{prefix}expect")


def _steps(steps: list[dict[str, Any]], expect: Any, events: tuple[Event, ...]) -> Iterator[Turn]:
    seen: set[int] = set()
    for event in events:
        number = event.get("i")
        if event.get("ev") != "step" or not isinstance(number, int):
            yield from _aside(event)
            continue
        seen.add(number)
        yield _step(event, steps[number] if 0 <= number < len(steps) else {}, number)
    for number, step in enumerate(steps):
        if number not in seen and "clock" not in step:
            name = next(iter(step), "")
            yield Turn("never", f"{name} that was never called", [_json(name, step.get(name))], at=f"steps.{number}")
    if expect is not None:
        yield Turn("expect", "of the whole case", [_json("expect", expect)], at="expect")


def _step(event: Event, step: dict[str, Any], number: int) -> Turn:
    name = str(event.get("fn"))
    returns = event.get("returns")
    happened = [_bytes("returns", returns) if name == "binary_data" and returns else Line("returns", json.dumps(returns))]
    for out, value in sorted(event["out"].items()) if isinstance(event.get("out"), dict) else ():
        happened.append(Line(out, json.dumps(value)) if out in _NOT_BYTES else _bytes(out, value))
    if event.get("state"):
        happened.append(Line("state", str(event["state"])))
    happened += _error(event)
    says = [_json("with" if key == name else key, value) for key, value in step.items() if key != name or value]
    return Turn("step", name, says, happened, f"steps.{number}")


def _aside(event: Event) -> Iterator[Turn]:
    """What stands in no case: how a call broke off, what leaked, what the host could not do."""
    kind = event.get("ev")
    if kind == "setup":
        yield Turn(
            "outcome", "the handle could not be made", [], [Line("phase", str(event.get("phase"))), *_error(event)], "expect"
        )
    elif kind == "stopped":
        text = f"{event.get('reason')}{': ' + str(event['why']) if event.get('why') else ''}"
        yield Turn("stopped", f"stops in {event.get('state')}", [], [Line("reason", text)])
    elif kind == "leak":
        yield Turn(
            "leak",
            "a secret was not wiped",
            [],
            [Line(str(event.get("fn")), f"freed a block that held secret {event.get('what')}")],
        )
    elif kind == "problem":
        yield Turn("stopped", "the host cannot do this", [], [Line("why", str(event.get("why")))])
    elif kind == "garbage":
        yield Turn("stopped", "not a line of a transcript", [], [Line("text", str(event.get("text")))])
    elif kind == "left":
        yield Turn("leak", "memory was not given back", [], [Line("blocks", str(event.get("blocks")))])
    elif kind == "sweep":
        yield Turn("sweep", "run once for each point", [], list(_points(event)))


def _points(event: Event) -> Iterator[Line]:
    """A sweep: what was varied, and what came of it where that differs."""
    for key in ("kind", "points", "differs"):
        if event.get(key) is not None:
            yield Line(key, str(event[key]))
    for outcome in _list(event.get("outcomes")):
        if isinstance(outcome, dict):
            yield Line(f"{outcome.get('points')} from {outcome.get('first')} on", _point(outcome))


def _point(outcome: Event) -> str:
    """What came of an allocation that failed, in a line."""
    event = outcome.get("event")
    said = []
    if outcome.get("died"):
        said.append(f"{outcome['died']} in {outcome.get('call')}")
    elif isinstance(event, dict):
        what = event.get("fn") or event.get("phase") or event.get("failed") or event.get("state")
        said.append(": ".join([str(what), *(line.text.split("\n")[0] for line in _error(event))]))
    else:
        said.append("as if nothing had failed")
    if outcome.get("left"):
        said.append(f"{outcome['left']} blocks stay allocated")
    if outcome.get("leaked_in"):
        said.append(f"{outcome['leaked_in']} freed a block that held a secret")
    if outcome.get("again"):
        said.append("done again it gives something else")
    return ", ".join(said)


def _error(event: Event) -> list[Line]:
    error = event.get("error")
    if not isinstance(error, dict):
        return []
    return [Line("error", f"{error.get('message')}\ntype {error.get('type')}, code {error.get('code')}")]


def _json(label: str, value: Any) -> Line:
    return Line(label, value if label in _WORDS_OF_THE_ABI and isinstance(value, str) else notation.lines(value))


def _bytes(label: str, value: Any) -> Line:
    """Bytes of a transcript: a document in words if they are one, else their number. Text and numbers stay what they are."""
    if isinstance(value, dict) and "sha256" in value:
        return Line(label, f"{value.get('len')} bytes, in the file {value.get('file')}", value)
    if not isinstance(value, str):
        return Line(label, json.dumps(value))
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return Line(label, value)
    return Line(label, document(data) or (f"{len(data)} bytes" if data else "no bytes"), data or None)


def document(data: bytes) -> str | None:
    try:
        text = json_util.dumps(bson.decode(data, DECODE), json_options=CANONICAL)
    except (bson.errors.BSONError, ValueError, OverflowError, RecursionError):
        return None
    return notation.told(text)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
