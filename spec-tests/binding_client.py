"""A real client, run by test_binding.py in a process of its own: the official Python binding on the library that
PYMONGOCRYPT_LIB names, with a world in memory whose query analysis is a script. Prints what it saw as one line of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import bson
import pymongocrypt
from binding_world import ALGORITHMS, KEK, Document, World, marking
from bson.binary import Binary
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions
from pymongocrypt.synchronous.auto_encrypter import AutoEncrypter
from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter

LOCAL = {"local": {"key": KEK}}
INSERT = {"insert": "c", "documents": [{"_id": 1, "v": "hello"}], "$db": "db"}
NEED_KEYS, READY, NEED_CREDENTIALS, DONE = 3, 5, 7, 6


def prepared(name: str = "client", **options: Any) -> tuple[World, ExplicitEncrypter, Binary]:
    """A world with one data key, and the client that made it."""
    world = World()
    client = ExplicitEncrypter(world, MongoCryptOptions(LOCAL, **options))
    return world, client, client.create_data_key("local", key_alt_names=[name])


def automatic(world: World, **options: Any) -> AutoEncrypter:
    """A client with empty caches."""
    world.asked.clear()
    return AutoEncrypter(world, MongoCryptOptions(options.pop("providers", LOCAL), **options))


SAID: list[str] = []  # by refusals, in their order


def refusal(action: Callable[[], object]) -> bool:
    try:
        action()
    except MongoCryptError as refused:
        SAID.append(str(refused))
        return True
    return False


def data_key() -> Document:
    world, _, key_id = prepared()
    return {"subtype": key_id.subtype, "fields": list(world.keys[0]), "names": world.keys[0]["keyAltNames"]}


def round_trips() -> Document:
    _, client, key_id = prepared()
    seen: Document = {}
    for algorithm in ALGORITHMS:
        random = algorithm.endswith("Random")
        value = bson.encode({"v": {"text": "hello", "numbers": [1, 2.5, 2**40]} if random else "hello"})
        by_id = client.encrypt(value, algorithm, key_id=bytes(key_id))
        by_name = client.encrypt(value, algorithm, key_alt_name="client")
        seen[algorithm.rsplit("-", 1)[1]] = {
            "opens": client.decrypt(by_id) == value and client.decrypt(by_name) == value,
            "same_twice": by_id == by_name,
            "subtype": bson.decode(by_id)["v"].subtype,
        }
    return seen


def absent_key() -> Document:
    _, client, _ = prepared()
    return {"refused": refusal(lambda: client.encrypt(bson.encode({"v": 1}), ALGORITHMS[1], key_alt_name="nobody"))}


def remote_schema() -> Document:
    world, client, key_id = prepared()
    world.collections["db.c"] = {"validator": {"$jsonSchema": {"bsonType": "object", "properties": {"v": {"encrypt": {}}}}}}
    world.mark = lambda cmd: cmd["documents"][0].update(v=marking("hello", 1, ki=key_id))
    auto = automatic(world)
    first = bson.decode(auto.encrypt("db", bson.encode(INSERT)))
    first_asked, world.asked = world.asked, []
    second = bson.decode(auto.encrypt("db", bson.encode(INSERT)))
    asked_again = list(world.asked)
    return {
        "asked": first_asked,
        "asked_again": asked_again,
        "fields": list(first),
        "as_explicit": first["documents"][0]["v"]
        == bson.decode(client.encrypt(bson.encode({"v": "hello"}), ALGORITHMS[0], key_id=bytes(key_id)))["v"],
        "same_twice": first == second,
        "rest": [first["insert"], first["documents"][0]["_id"], first["$db"]],
    }


def by_alternate_name() -> Document:
    """Two keys in one command, at any depth, each under another algorithm; one by its name."""
    world, client, key_id = prepared()
    other = client.create_data_key("local", key_alt_names=["other"])

    def mark(cmd: Document) -> None:
        cmd["documents"][0]["list"][0]["deep"] = marking("secret", 2, ka="other")
        cmd["documents"][0]["v"] = marking("hello", 1, ki=key_id)

    world.mark = mark
    auto = automatic(world)
    command = {"insert": "c", "documents": [{"v": "hello", "list": [{"deep": "secret"}]}]}
    document = bson.decode(auto.encrypt("db", bson.encode(command)))["documents"][0]
    deep = document["list"][0]["deep"]
    return {
        "kinds": [deep[0], document["v"][0]],
        "keys": [deep[1:17] == bytes(other), document["v"][1:17] == bytes(key_id)],
        "opens": bson.decode(auto.decrypt(bson.encode(document))) == {"v": "hello", "list": [{"deep": "secret"}]},
        "fetched": sum(1 for question, *_ in world.asked if question == "fetch_keys"),
    }


def automatic_decryption() -> Document:
    world, client, key_id = prepared()
    value = bson.decode(client.encrypt(bson.encode({"v": "hello"}), ALGORITHMS[1], key_id=bytes(key_id)))["v"]
    reply = {"cursor": {"firstBatch": [{"_id": 1, "v": value, "list": [value, {"deep": value}]}], "id": 0, "ns": "db.c"}, "ok": 1.0}
    auto = automatic(world)
    opened = bson.decode(auto.decrypt(bson.encode(reply)))
    questions = [question for question, *_ in world.asked]
    auto.decrypt(bson.encode(reply))
    nothing = bson.encode({"ok": 1.0})
    return {
        "batch": opened["cursor"]["firstBatch"],
        "asked": questions,
        "asked_again": len(world.asked) - len(questions),
        "untouched": auto.decrypt(nothing) == nothing,
    }


def schema_map() -> Document:
    world, _, key_id = prepared()
    world.mark = lambda cmd: cmd["documents"][0].update(v=marking("hello", 1, ki=key_id))
    schema = {"db.c": {"bsonType": "object", "properties": {"v": {"encrypt": {}}}}}
    auto = automatic(world, schema_map=bson.encode(schema))
    sealed = bson.decode(auto.encrypt("db", bson.encode(INSERT)))["documents"][0]["v"]
    asked, world.asked = world.asked, []
    world.mark = None
    auto.encrypt("other", bson.encode(INSERT))
    return {"asked": asked, "in_another_database": world.asked, "subtype": sealed.subtype}


def several_collections() -> Document:
    world, _, key_id = prepared()
    world.wire_version = 26
    schema = {"bsonType": "object", "properties": {"v": {"encrypt": {}}}}
    for name in ("db.b", "db.a"):  # a server keeps its own order
        world.collections[name] = {"validator": {"$jsonSchema": schema}}
    command = {
        "aggregate": "a",
        "pipeline": [{"$match": {"v": "hello"}}, {"$lookup": {"from": "b", "as": "x", "pipeline": []}}, {"$unionWith": {"coll": "none"}}],
        "cursor": {},
    }
    world.mark = lambda cmd: cmd["pipeline"][0]["$match"].update(v=marking("hello", 1, ki=key_id))
    encrypted = bson.decode(automatic(world, enable_multiple_collinfo=True).encrypt("db", bson.encode(command)))
    asked = list(world.asked)
    sealed = encrypted["pipeline"][0]["$match"]["v"]
    refused = refusal(lambda: automatic(world).encrypt("db", bson.encode(command)))
    world.wire_version = 25
    too_old = refusal(lambda: automatic(world, enable_multiple_collinfo=True).encrypt("db", bson.encode(command)))
    return {"asked": asked, "subtype": sealed.subtype, "refused_without_option": refused, "refused_by_an_old_one": too_old}


def nothing_to_encrypt() -> Document:
    """What is not analysed, what need not be, what may not be; each with the questions that it brought."""
    world, _, _ = prepared()
    seen: Document = {}
    for name, command, options in (
        ("ping", {"ping": 1}, {}),
        ("find", {"find": "c", "filter": {"v": 1}}, {}),
        ("bypassed", {"find": "c", "filter": {"v": 1}}, {"bypass_query_analysis": True}),
    ):
        raw = bson.encode(command)
        same = automatic(world, **options).encrypt("db", raw) == raw
        seen[name] = {"same": same, "asked": [question for question, *_ in world.asked]}
    seen["mapReduce"] = {"refused": refusal(lambda: automatic(world).encrypt("db", bson.encode({"mapReduce": "c"})))}
    world.collections["db.view"] = {"type": "view"}
    seen["view"] = {"refused": refusal(lambda: automatic(world).encrypt("db", bson.encode({"find": "view"})))}
    return seen


def rewrap() -> Document:
    world, client, key_id = prepared()
    sealed = client.encrypt(bson.encode({"v": "hello"}), ALGORITHMS[0], key_id=bytes(key_id))
    both = {**LOCAL, "local:two": {"key": KEK[::-1]}}
    world.asked.clear()
    mover = ExplicitEncrypter(world, MongoCryptOptions(both))
    moved = bson.decode(mover.rewrap_many_data_key({"keyAltNames": "client"}, "local:two"))["v"]
    asked = list(world.asked)
    before = world.keys[0]["keyMaterial"]
    world.keys[0].update({field: moved[0][field] for field in ("keyMaterial", "masterKey")})
    reader = ExplicitEncrypter(world, MongoCryptOptions({"local:two": {"key": KEK[::-1]}}))
    stale = ExplicitEncrypter(world, MongoCryptOptions(LOCAL))
    return {
        "asked": asked,
        "fields": [list(key) for key in moved],
        "id": moved[0]["_id"] == key_id,
        "new_material": moved[0]["keyMaterial"] != before,
        "provider": moved[0]["masterKey"],
        "opens_with_the_new_key": bson.decode(reader.decrypt(sealed)),
        "opens_with_the_old_key": not refusal(lambda: stale.decrypt(sealed)),
    }


def drive(context: Any, world: World, credentials: Document) -> tuple[list[int], Document]:
    """The loop of docs/loop.md for a context that needs no KMS: the states that it saw, and the result."""
    states: list[int] = []
    while context.state != DONE:
        states.append(context.state)
        if context.state == NEED_CREDENTIALS:
            context.provide_kms_providers(bson.encode(credentials))
        elif context.state == NEED_KEYS:
            for document in world.fetch_keys(context.mongo_operation()):
                context.add_mongo_operation_result(document)
            context.complete_mongo_operation()
        elif context.state == READY:
            result = bson.decode(context.finish())
        else:
            raise AssertionError(f"state {context.state} is not of this conversation")
    return states, result


def credentials() -> Document:
    """Providers that are filled in when a key is needed. The binding wants a local key at once; so it is AWS that comes later."""
    world, client, key_id = prepared()
    sealed = client.encrypt(bson.encode({"v": "hello"}), ALGORITHMS[0], key_id=bytes(key_id))
    aws = {"accessKeyId": "public", "secretAccessKey": "public"}
    seen: Document = {}
    for name, at_first, given in (
        ("enough", KEK, {"aws": aws}),
        ("too_much", KEK, {"aws": aws, "azure": {"accessToken": "public"}}),
        ("another_local_key", KEK, {"aws": aws, "local": {"key": KEK[::-1]}}),
        ("the_local_key_at_last", KEK[::-1], {"local": {"key": KEK}}),
        ("none", KEK, {}),
    ):
        handle = MongoCrypt(MongoCryptOptions({"local": {"key": at_first}, "aws": {}}), world)
        for again in ("", "_again"):  # the second time the key is in the cache, if it could be opened
            with handle.decryption_context(sealed) as context:
                try:
                    seen[name + again] = drive(context, world, given)
                except MongoCryptError:
                    seen[name + again] = "refused"
        handle.close()
    return seen


PARTS = (
    data_key,
    round_trips,
    absent_key,
    remote_schema,
    by_alternate_name,
    automatic_decryption,
    schema_map,
    several_collections,
    nothing_to_encrypt,
    rewrap,
    credentials,
)


def parts() -> Iterator[tuple[str, object]]:
    for part in PARTS:
        try:
            yield part.__name__, part()
        except MongoCryptError as refused:
            yield part.__name__, {"ended by": str(refused)}


if __name__ == "__main__":
    print(json.dumps({"version": pymongocrypt.libmongocrypt_version(), **dict(parts()), "said": SAID}))
