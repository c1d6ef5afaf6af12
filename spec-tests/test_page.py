"""The page of a report as a reader meets it: bytes have their parts named, what differs is marked, and in a browser cases are
found, opened and read, at the width of a telephone and of a desk, with one case and with five thousand.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from browser import Browser, find  # noqa: E402
from test_reports import footer, header, lay_out, subject, verdict  # noqa: E402

from reports import badge, dump, folder, html, notation, results, story  # noqa: E402
from reports.annotate import Part, binary_parts, parts  # noqa: E402

KEY_ID = bytes(range(16))
PICTURES = ROOT / "build" / "check" / "page"


def sealed(blocks: int = 2, iv: int = 0xAA) -> bytes:
    """The layout of a deterministic string; nothing in it opens."""
    return b"\x01" + KEY_ID + b"\x02" + bytes([iv]) * 16 + b"".join(bytes([n]) * 16 for n in range(blocks)) + b"\xcc" * 32


def encrypted(data: bytes) -> bytes:
    return bson.encode({"v": bson.Binary(data, 6)})


def text_of(value: Any) -> str:
    return str(bson.json_util.dumps(value, json_options=bson.json_util.CANONICAL_JSON_OPTIONS))


def joined(found: tuple[Part, ...]) -> list[tuple[int, int]]:
    return [(part.offset, part.offset + part.length) for part in found]


# --- bytes -------------------------------------------------------------------------------------------------------------


def test_the_parts_of_a_ciphertext_have_their_names() -> None:
    found = parts(encrypted(sealed()))
    named = [(part.name, part.length, part.text) for part in found]
    assert named == [
        ("length", 4, "111"),
        ("v", 3, "binary"),
        ("length", 4, "98"),
        ("subtype", 1, "6 encrypted"),
        ("ciphertext", 1, "1 deterministic"),
        ("key id", 16, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        ("type", 1, "0x02 string"),
        ("IV", 16, ""),
        ("block 1", 16, ""),
        ("block 2", 16, ""),
        ("tag", 32, ""),
        ("end", 1, ""),
    ]


def test_long_ciphertexts_group_their_blocks_and_cut_ones_say_so() -> None:
    assert [part.name for part in binary_parts(sealed(9), 6)][4:] == ["block 1", "block 2", "block 3", "blocks 4 to 9", "tag"]
    assert binary_parts(sealed()[:-5], 6)[-2].text == "cut"
    assert binary_parts(sealed()[:40], 6)[-1].text.startswith("too short")


def test_every_bson_type_is_one_row_with_its_value() -> None:
    document = {
        "double": 1.5,
        "text": "né",
        "yes": True,
        "date": bson.DatetimeMS(1767323045000),
        "null": None,
        "regex": bson.Regex("a+", "i"),
        "int": 7,
        "stamp": bson.Timestamp(5, 6),
        "long": bson.Int64(-9),
        "low": bson.MinKey(),
        "id": bson.ObjectId("0123456789ab0123456789ab"),
        "code": bson.Code("f()"),
        "uuid": bson.Binary(KEY_ID, 4),
    }
    texts = {part.name: part.text for part in parts(bson.encode(document))}
    assert (
        texts
        | {
            "double": "double 1.5",
            "text": 'string "né"',
            "yes": "bool true",
            "date": "date 2026-01-02T03:04:05Z",
            "null": "null",
            "regex": "regex /a+/i",
            "int": "int32 7",
            "stamp": "timestamp 5 increment 6",
            "long": "int64 -9",
            "low": "minKey",
            "id": "ObjectId 0123456789ab0123456789ab",
            "code": 'code "f()"',
            "bytes": "00010203-0405-0607-0809-0a0b0c0d0e0f",
        }
        == texts
    )


def test_parts_cover_every_byte_of_hostile_input() -> None:
    whole = bson.encode(
        {"a": {"b": [1, {"c": bson.Binary(sealed(), 6)}, "x"]}, "d": bson.Binary(b"123", 2), "e": bson.Code("f", {"x": 1})}
    )
    chance = random.Random(1)
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(4, len(data))] = chance.choice((0, 1, 3, 5, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        ends = joined(parts(bytes(data)))
        assert [begin for begin, _ in ends] == [0, *(end for _, end in ends[:-1])]
        assert ends[-1][1] == len(data)


def test_a_document_that_is_none_is_named_as_far_as_it_goes() -> None:
    data = bytearray(bson.encode({"a": 1, "b": "two"}))
    data[data.index(b"two") - 4] = 200
    named = parts(bytes(data))
    assert [part.name for part in named] == ["length", "a", "rest"]
    assert named[-1].text == "a value of type string does not fit here"
    assert parts(b"abc")[0].text == "3, no BSON document"
    deep = b"\x05\0\0\0\0"
    for _ in range(900):
        deep = (len(deep) + 8).to_bytes(4, "little") + b"\x03a\0" + deep + b"\0"
    assert joined(parts(deep))[-1][1] == len(deep)


def test_only_what_differs_is_marked_in_two_values() -> None:
    left, right = sealed(), sealed(iv=0xBB)
    rows = dump.pair((left, binary_parts(left, 6)), (right, binary_parts(right, 6)))
    assert [row[1] for row in rows if row[4]] == ["IV"]
    longer = bson.encode({"a": 1, "b": 2}), bson.encode({"a": 1, "x": 0, "b": 2})
    rows = dump.pair((longer[0], parts(longer[0])), (longer[1], parts(longer[1])))
    assert [(row[1], row[2] is None, row[3] is None) for row in rows if row[4]] == [("length", False, False), ("x", True, False)]


def test_a_long_part_is_cut_to_its_ends_and_to_where_it_differs() -> None:
    one, two = bytes(5000), bytes(3000) + b"\1" + bytes(1999)
    [row] = dump.pair((one, binary_parts(one, 0)), (two, binary_parts(two, 0)))
    chunks = row[3][2]
    assert [chunk for chunk in chunks if isinstance(chunk, int)] == [3000 - 16 - 64, 5000 - 3016 - 16]
    assert base64.b64decode(chunks[2])[16] == 1
    assert sum(chunk if isinstance(chunk, int) else len(base64.b64decode(chunk)) for chunk in chunks) == 5000


def test_texts_of_a_difference_become_bytes_only_when_they_are_some() -> None:
    assert dump.of_texts('{"$date": {"$numberLong": "1"}}', '{"$date": {"$numberLong": "2"}}', "d")[0][1] == "d"
    assert dump.of_texts('{"v": {"$$decryptsTo": {}}}', '{"v": 1}', "v") is None
    assert dump.of_texts(None, '{"v": 1}', "v") is None
    assert dump.of_texts("not JSON", '{"v": 1}', "v") is None


# --- words -------------------------------------------------------------------------------------------------------------


def test_values_are_written_so_that_types_stay_apart() -> None:
    value = json.loads(
        text_of({"a": 1, "b": bson.Int64(1), "c": 1.0, "d": bson.Binary(KEY_ID, 4), "e f": None, "g": [bson.Binary(b"\1", 6)]})
    )
    written = notation.lines(value).replace("\n ", "").replace("\n", " ")
    assert written == (
        '{ a: 1, b: Long(1), c: 1.0, d: UUID("00010203-0405-0607-0809-0a0b0c0d0e0f"), "e f": null, g: [Binary(6, "01")] }'
    )
    assert notation.lines({"$numberInt": "x"}) == '{$numberInt: "x"}'
    assert notation.marked("a b c", "a x c") == (
        [["a ", False], ["b", True], [" c", False]],
        [["a ", False], ["x", True], [" c", False]],
    )
    assert notation.lines([[0] * 9] * 500).endswith("lines more")
    nested: list[Any] = []
    for _ in range(5000):
        nested = [nested]
    assert notation.lines(nested) == "nested too deeply to be shown"


def event(ev: str, **more: Any) -> dict[str, Any]:
    return {"nonce": "n", "ev": ev} | more


def test_the_story_puts_what_the_case_says_beside_what_happened() -> None:
    case = {
        "calls": [
            {"clock": {"$numberLong": "5"}},
            {
                "call": {"decrypt": {"doc": {}}},
                "exchange": [{"ask": {"state": "NEED_MONGO_KEYS"}}, {"answer": {"keys": "live"}}, {"ask": {"state": "NEED_KMS"}}],
                "expect": {"state": "DONE"},
            },
        ]
    }
    events = (
        event("clock", call=0, advance_ms=5),
        event("ask", call=1, state="NEED_MONGO_KEYS", op=base64.b64encode(bson.encode({"q": 1})).decode()),
        event("answer", call=1, kind="keys", given=[], returns=[], fault="drop", offset=None),
        event("outcome", call=1, state="ERROR", result=None, error={"type": 1, "code": 1, "message": "no key"}, failed=None),
        event("garbage", text="free"),
        event("leak", call=None, fn="ctx_destroy", what=0),
    )
    turns = story.tell(case, events)
    assert [(turn.kind, turn.at) for turn in turns] == [
        ("clock", "calls.0.clock"),
        ("call", "calls.1.exchange"),
        ("ask", "calls.1.exchange.0"),
        ("answer", "calls.1.exchange.1"),
        ("never", "calls.1.exchange.2"),
        ("outcome", "calls.1.expect"),
        ("stopped", ""),
        ("leak", ""),
    ]
    ask = turns[2]
    assert [(line.label, line.text) for line in ask.says] == [("state", "NEED_MONGO_KEYS")]
    assert [(line.label, line.text) for line in ask.happened] == [("state", "NEED_MONGO_KEYS"), ("op", "{q: 1}")]
    assert story.place(turns, "calls.1.exchange.0.op.q") is ask
    assert story.place(turns, "calls.1.exchange") is turns[1]
    assert story.place(turns, "calls.1.expect.state") is turns[5]
    assert story.place(turns, "steps.1") is None


def test_steps_that_never_came_are_told() -> None:
    case = {"steps": [{"binary_new": {}, "as": "b"}, {"binary_len": {"binary": "b"}, "returns": {"$numberInt": "0"}}]}
    turns = story.tell(case, (event("step", i=0, fn="binary_new", returns="b", out={}, error=None),))
    assert [(turn.kind, turn.title) for turn in turns] == [("step", "binary_new"), ("never", "binary_len that was never called")]
    assert story.place(turns, "steps.1.binary_len.returns") is turns[1]


def test_a_case_that_is_not_known_is_told_by_what_happened() -> None:
    turns = story.tell({}, (event("step", i=4, fn="status_ok", returns=True, out={}, error=None),))
    assert [(turn.title, turn.says, turn.happened[0].text) for turn in turns] == [("status_ok", [], "true")]


def test_a_sweep_tells_what_came_of_its_points() -> None:
    error = {"event": "end", "call": 0, "state": "ERROR", "failed": "ctx_new", "error": {"type": 1, "code": 1, "message": "out of memory"}}
    outcomes = [
        {"first": 1, "points": 7, "event": error, "left": 2, "leaked_in": None, "again": [], "died": None, "call": None},
        {"first": 4, "points": 1, "event": None, "left": 0, "leaked_in": None, "again": None, "died": None, "call": None},
        {"first": 5, "points": 1, "event": None, "left": 0, "leaked_in": None, "again": None, "died": "hang", "call": "init"},
    ]
    turns = story.tell({"call": {"decrypt": {}}}, (event("sweep", kind="fail_alloc", points=9, outcomes=outcomes),))
    assert [(line.label, line.text) for turn in turns for line in turn.happened] == [
        ("kind", "fail_alloc"),
        ("points", "9"),
        ("7 from 1 on", "ctx_new: out of memory, 2 blocks stay allocated"),
        ("1 from 4 on", "as if nothing had failed"),
        ("1 from 5 on", "hang in init"),
    ]


# --- folders -----------------------------------------------------------------------------------------------------------

FAILING = "aead/deterministic/fixed-bytes[value=a]"
HOSTILE = '</script><img src=x onerror="alert(1)"> {{ 7 * 7 }}'


def report_of(where: Path, n: int) -> Path:
    """n cases on two subjects. The first differs in its IV; of the others the second subject lacks one in ten."""
    actual = base64.b64encode(encrypted(sealed(iv=0xBB))).decode()
    asked = base64.b64encode(bson.encode({"$or": [{"_id": {"$in": [bson.Binary(KEY_ID, 4)]}}]})).decode()
    events = [
        event("ask", call=0, state="NEED_MONGO_KEYS", op=asked, db=None),
        event("answer", call=0, kind="keys", given=[], returns=[], fault=None, offset=None, done=True),
        event("outcome", call=0, state="DONE", result=actual, error=None, failed=None),
    ]
    text = "".join(json.dumps(line) + "\n" for line in events)
    span = {"file": "transcripts/mine.jsonl", "offset": 0, "length": len(text)}
    difference = {
        "at": "expect.result.v",
        "rule": "R-EXP-014",
        "expected": text_of(bson.Binary(sealed(), 6)),
        "actual": text_of(bson.Binary(sealed(iv=0xBB), 6)),
        "why": "the value differs",
    }
    ids = [FAILING, *(f"area-{i % 9}/topic-{i % 40}/case-number-{i}" for i in range(1, n))]
    lines = []
    for i, name in enumerate(ids):
        lines.append(verdict(name, "reference", "pass", transcript=span))
        lacking = {"reason": f"lacks thing-{i % 7} {HOSTILE}"} if i % 10 == 1 else {}
        word = "unsupported" if lacking else "pass"
        lines.append(verdict(name, "mine", word, transcript=span, **lacking))
    lines[1] |= {"verdict": "fail", "differences": [difference]}
    where.mkdir()
    (where / "transcripts").mkdir()
    (where / "transcripts" / "mine.jsonl").write_text(text)
    case = {
        "call": {"explicit_encrypt": {"key_id": json.loads(text_of(bson.Binary(KEY_ID, 4))), "value": {"v": HOSTILE}}},
        "exchange": [{"ask": {"state": "NEED_MONGO_KEYS"}}, {"answer": {"keys": "live"}}],
        "expect": {"state": "DONE", "result": {"v": json.loads(text_of(bson.Binary(sealed(), 6)))}},
    }
    facts = {
        "level": "must",
        "since": None,
        "until": None,
        "needs": [],
        "explain": "why it matters",
        "breaks": None,
        "mend": None,
    }
    with (where / "cases.jsonl").open("w") as file:
        for i, name in enumerate(ids):
            more = {
                "id": name,
                "area": name.split("/")[0],
                "file": "aead/fixed.yml",
                "line": i + 3,
                "rules": ["R-EXP-014"],
                "case": case,
            }
            file.write(json.dumps(facts | more) + "\n")
    return lay_out(where, [header(subject("reference"), subject("mine", file=f"/{HOSTILE}.so")), *lines, footer(lines)])


def write_pages(report: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "reports", "report", str(report)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return report / "index.html"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pages(report_of(tmp_path_factory.mktemp("small") / "report", 1))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pages(report_of(tmp_path_factory.mktemp("large") / "report", 5000))


def test_the_same_results_give_the_same_page(small: Path) -> None:
    before = {name: (small.parent / name).read_bytes() for name in ("index.html", "badge.json", "summary.md")}
    write_pages(small.parent)
    assert before == {name: (small.parent / name).read_bytes() for name in before}


def test_the_page_names_no_other_place_and_its_texts_stay_texts(large: Path) -> None:
    text = large.read_text()
    assert "http://" not in text and "https://" not in text
    assert "<img" not in text and "49" not in text.split('id="index"')[0].split("<main>")[1].split("areas")[0]
    assert text.count("</script>") == text.count("<script")


def test_a_page_needs_the_cases(small: Path, tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_bytes((small.parent / "results.jsonl").read_bytes())
    with pytest.raises(results.Refused, match=r"cases\.jsonl"):
        html.write(tmp_path, results.read(tmp_path / "results.jsonl"))


def test_the_badge_is_what_shields_reads(small: Path, tmp_path: Path) -> None:
    told = json.loads((small.parent / "badge.json").read_text())
    assert told == {"schemaVersion": 1, "label": "fleproof", "message": "1 not as expected", "color": "critical"}
    good = [verdict("a/b", "mine", "pass"), verdict("a/c", "mine", "xfail", reason="known")]
    lay_out(tmp_path, [header(subject("mine")), *good, footer(good, exit=0)])
    assert badge.badge(results.read(tmp_path / "results.jsonl")) | {"message": "1 pass", "color": "success"} == badge.badge(
        results.read(tmp_path / "results.jsonl")
    )
    lay_out(tmp_path, [header(subject("mine")), *good, footer(good, exit=3)])
    assert badge.badge(results.read(tmp_path / "results.jsonl"))["message"] == "exit 3"


def test_a_value_in_a_file_is_read_from_its_folder_only(tmp_path: Path) -> None:
    report = tmp_path / "report"
    (report / "transcripts" / "mine.files").mkdir(parents=True)
    (report / "transcripts" / "mine.files" / "ab12").write_bytes(b"x" * 70000)
    outside = tmp_path / "out.files"
    outside.mkdir()
    (outside / "ab12").write_bytes(b"secret")
    assert len(folder.value(report, "mine", "ab12")) == 70000
    assert folder.value(report, "../../out", "ab12") == b""
    assert folder.value(report, "mine", "../mine.files/ab12") == folder.value(report, "mine", "cd") == b""


# --- in a browser ------------------------------------------------------------------------------------------------------

WIDTHS = (400, 1400)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = find()
    if program is None:
        pytest.skip("no Chromium here: run make setup-all")
    with Browser(program) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Browser]:
    chromium.complaints.clear()
    yield chromium
    assert chromium.complaints == []


def opened(page: Browser, file: Path, width: int, fragment: str = "", dark: bool = False) -> None:
    page.size(width, 900, dark)
    page.open(file, fragment)


def fits(page: Browser, width: int) -> bool:
    return bool(page.run("document.documentElement.scrollWidth") == width)


def ids(page: Browser) -> list[str]:
    return list(page.run("[...document.querySelectorAll('.row .id')].map(e => e.textContent)"))


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_failing_case_is_clicked_and_its_bytes_are_read(
    page: Browser, size: str, width: int, request: pytest.FixtureRequest
) -> None:
    opened(page, request.getfixturevalue(size), width)
    assert ids(page) == [FAILING], "what is not as expected is there at once"
    page.click(".row .head")
    page.wait("document.querySelector('.case .bytes.pair')")
    assert page.run("document.querySelector('[role=tab][aria-selected=true]').textContent") == "mine fail"
    told = page.run("document.querySelector('.case').textContent")
    for words in ("aead/fixed.yml:3", "why it matters", "Explicit encryption", "fleproof run -k", "the value differs"):
        assert words in told
    assert f"fleproof explain '{FAILING}' --sut mine" in told
    rows = page.run(
        "[...document.querySelectorAll('.bytes.pair tr.differs')].map(r => [r.querySelector('.part').textContent,"
        " ...[...r.querySelectorAll('.hex')].map(h => [...h.querySelectorAll('mark')].map(m => m.textContent).join(' '))])"
    )
    assert rows == [["IV", " ".join(["aa"] * 16), " ".join(["bb"] * 16)]]
    page.click(".conversation .turn.k-outcome .unfold")
    page.wait("document.querySelector('.conversation .bytes.one')")
    parts_told = page.run("[...document.querySelectorAll('.conversation .bytes.one .part')].map(e => e.textContent)")
    assert parts_told[3:] == ["subtype", "ciphertext", "key id", "type", "IV", "block 1", "block 2", "tag", "end"]
    assert fits(page, width)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.picture(PICTURES / f"{size}-{width}.png")


@pytest.mark.parametrize("width", WIDTHS)
def test_five_thousand_cases_paint_within_a_second(page: Browser, large: Path, width: int) -> None:
    opened(page, large, width)
    painted = page.run(
        "new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime))"
        ".observe({type: 'paint', buffered: true}))"
    )
    assert 0 < painted < 1000
    assert 0 < page.run("performance.getEntriesByName('listed')[0].startTime") < 1000, "the first cases are there as soon"
    assert page.run("document.querySelectorAll('.row').length") > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_filters_by_word_text_and_area(page: Browser, large: Path, width: int) -> None:
    opened(page, large, width)
    assert page.run("document.getElementById('count').textContent") == "1 of 5,000 cases"
    page.click("#words [data-word='not as expected']")
    assert page.run("document.getElementById('count').textContent") == "5,000 cases"
    page.click("#words [data-word=unsupported]")
    assert page.run("document.getElementById('count').textContent") == "500 of 5,000 cases"
    page.click("#text")
    page.type("THING-3 lacks")
    assert page.run("document.getElementById('count').textContent") == "71 of 5,000 cases"
    page.key("Escape")
    page.type("case-number-4321")
    assert page.run("document.getElementById('count').textContent") == "1 of 5,000 cases"
    page.click("table.areas button[data-area='area-5'][data-word=unsupported]")
    assert page.run("document.getElementById('count').textContent") == "56 of 5,000 cases"
    assert all(name.startswith("area-5/") for name in ids(page))
    assert page.run("[document.getElementById('area').value, document.getElementById('subject').value]") == ["area-5", "mine"]
    page.click("#text")
    page.type("no such thing")
    assert page.run("document.querySelector('.empty').textContent") == "No case fits the filter."
    assert fits(page, width)


def test_rules_are_found_by_their_id(page: Browser, small: Path) -> None:
    opened(page, small, 1400)
    page.click("#text")
    page.type("r-exp-014")
    assert ids(page) == [FAILING]
    page.type("5")
    assert ids(page) == []


def test_the_list_grows_as_it_is_read(page: Browser, large: Path) -> None:
    opened(page, large, 1400)
    page.click("#words [data-word='not as expected']")
    before = page.run("document.querySelectorAll('.row').length")
    assert before < 500
    page.run("scrollTo(0, document.body.scrollHeight)")
    page.wait(f"document.querySelectorAll('.row').length > {before}")


def test_keys_do_what_the_mouse_does(page: Browser, large: Path) -> None:
    opened(page, large, 1400)
    page.key("/", "/")
    assert page.run("document.activeElement.id") == "text"
    page.type("case-number-12")
    page.key("Enter")
    focused = "document.activeElement.querySelector('.id')?.textContent"
    first = page.run(focused)
    page.key("Escape")
    page.click("#words [data-word='not as expected']")
    page.key("j", "j")
    page.key("j", "j")
    assert page.run(focused) == ids(page)[1]
    page.key("k", "k")
    assert page.run(focused) == ids(page)[0] == FAILING
    assert first is None, "nothing that fits the words was left to go to"
    page.key("Enter")
    page.wait("document.querySelector('.case')")
    assert page.run("location.hash.length") > 1
    assert page.run("document.activeElement.matches('.head[aria-expanded=true]:focus-visible')")
    page.key("Tab")
    assert page.run("document.activeElement.closest('.case') !== null"), "what is open comes next"
    page.key("Escape")
    assert page.run("document.querySelector('.case')") is None
    assert page.run(focused) == FAILING


def test_tabs_turn_with_the_arrows(page: Browser, small: Path) -> None:
    opened(page, small, 1400)
    page.click(".row .head")
    page.wait("document.querySelector('[role=tab]')")
    page.click("[role=tab][aria-selected=true]")
    page.key("ArrowRight")
    assert page.run("document.activeElement.textContent") == "reference pass"
    assert page.run("document.querySelector('.difference')") is None


def test_an_address_opens_its_case(page: Browser, large: Path) -> None:
    wanted = "area-8/topic-39/case-number-3599"
    opened(page, large, 1400, f"#{wanted}")
    page.wait("document.querySelector('.case')")
    assert page.run("document.querySelector('.head[aria-expanded=true] .id').textContent") == wanted
    assert "aead/fixed.yml:3602" in page.run("document.querySelector('.case').textContent")


def test_texts_of_a_subject_are_never_markup(page: Browser, large: Path) -> None:
    opened(page, large, 1400, "#area-1/topic-1/case-number-1")
    page.wait("document.querySelector('.case')")
    assert HOSTILE in page.run("document.querySelector('.panel .reason').textContent")
    assert HOSTILE.replace('"', '\\"') in page.run("document.querySelector('.conversation').textContent")
    assert page.run("document.querySelectorAll('img').length") == 0


def test_dark_and_light_by_the_system_and_by_the_button(page: Browser, small: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    opened(page, small, 1400)
    light = page.run(ground)
    opened(page, small, 1400, dark=True)
    dark = page.run(ground)
    assert light != dark
    page.click("#theme")
    page.click("#theme")
    assert page.run("document.documentElement.dataset.theme") == "light"
    assert page.run(ground) == light
    page.click("#theme")
    assert page.run(ground) == dark


def test_print_shows_every_case_of_the_filter(page: Browser, large: Path) -> None:
    opened(page, large, 1400)
    page.click("#words [data-word='not as expected']")
    page.click("#words [data-word=unsupported]")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.run("document.querySelectorAll('.row').length") == 500
