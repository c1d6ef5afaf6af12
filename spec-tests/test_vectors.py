"""The vectors: computed by their generators, of the published form, able to fail, and right in what they say about mending.

The generators are imported here and nowhere else; they import nothing of the project.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import PREFIX, PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "vectors"))

import export
from generate.sets import ALL
from generate.vectorset import VectorSet, text_of

VECTORS = ROOT / "vectors"
BY_FILE = {vectors.file: vectors for vectors in ALL}
UNITS = (
    "ref/mongocrypt/crypto/test/test_vectors",
    "ref/mongocrypt/kms/test/test_kms_vectors",
    "runner/host/abi/test/test_hooks_vectors",
)
Values = dict[str, Any]


def names(vectors: VectorSet) -> str:
    return vectors.file


def run_scenarios(report: Path, vectors: Path, *words: str | Path) -> dict[tuple[str, str], Values]:
    """Verdicts by subject and case."""
    done = subprocess.run(
        [PROGRAM, "run", "--quiet", "--report", report, *words],
        env={**os.environ, "FLEPROOF_VECTORS": str(vectors)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    events = [json.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
    return {(event["subject"], event["case"]): event for event in events if event["ev"] == "verdict"}


def run_unit(program: str, vectors: Path) -> tuple[int, str]:
    if not (PREFIX / "test" / program).exists():
        pytest.skip(f"{program} is not built: make unit-tests")
    environment = {**os.environ, "FLEPROOF_VECTORS": str(vectors), "CMOCKA_MESSAGE_OUTPUT": "tap"}
    done = subprocess.run([PREFIX / "test" / program], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def write(folder: Path, built: Values) -> None:
    built["count"] = len(built["cases"])
    (folder / built["file"]).write_text(text_of(built), encoding="utf-8")


# --- generators ---------------------------------------------------------------------------------------------------------


def test_every_file_has_its_generator() -> None:
    assert {path.name for path in VECTORS.glob("*.json")} == set(BY_FILE)


@pytest.mark.parametrize("vectors", ALL, ids=names)
def test_the_file_is_what_its_generator_computes(vectors: VectorSet) -> None:
    assert text_of(vectors.build()) == (VECTORS / vectors.file).read_text(encoding="utf-8")


CHANGES: dict[str, tuple[str, Values]] = {
    "primitives.json": ("sp800-38a-F.2.5", {"iv": bytes(16)}),
    "aead_fle1.json": ("seal-aad18-len15", {"aad": b"other"}),
    "csfle_values.json": ("int32-42-det", {"document": bytes.fromhex("0c0000001076002b00000000")}),
    "csfle_blobs.json": ("good-random-int32", {"blob": b"\2" * 30}),
    "local_kek_wrap.json": ("wrap-basic", {"iv": bytes(16)}),
    "data_key_creation.json": ("local", {"now_ms": 1}),
    "key_documents.json": ("ok-local", {"document": bytes.fromhex("0500000000")}),
    "markings.json": ("ok-random-ki", {"random": bytes(16)}),
    "kms_providers.json": ("ok-aws", {"document": bytes.fromhex("0500000000")}),
    "endpoints.json": ("vault-dot-required", {"endpoint": "example.org:1"}),
}


@pytest.mark.parametrize("vectors", ALL, ids=names)
def test_another_input_gives_another_output(vectors: VectorSet) -> None:
    name, change = CHANGES[vectors.file]
    before = {row["name"]: row for row in vectors.build()["cases"]}
    after = {row["name"]: row for row in vectors.build({name: change})["cases"]}
    assert [row for row in before if before[row] != after[row]] == [name]
    given = next(set(case.inputs) for case in vectors.cases if case.name == name)
    outputs = {key for key in before[name] if key not in given and before[name][key] != after[name].get(key)}
    assert outputs, "only the input itself changed"


def _constants(path: Path) -> list[bytes]:
    """Every text and every bytes literal of a source, those in hexadecimal also as what they mean."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            raw = node.value.encode() if isinstance(node.value, str) else node.value
            found.append(raw)
            try:
                found.append(bytes.fromhex(raw.decode()))
            except ValueError:
                continue
    return found


def test_no_output_is_written_in_a_generator() -> None:
    """Outputs of 8 bytes or more that are not an input elsewhere; the published answers stand in published.json with their sources."""
    inputs: set[bytes] = set()
    outputs: dict[bytes, str] = {}
    for vectors in ALL:
        for hazards in (False, True):
            for case in vectors.cases:
                inputs |= {value for value in case.inputs.values() if isinstance(value, bytes)}
            given = {case.name: set(case.inputs) for case in vectors.cases}
            built = vectors.build(hazards=hazards)
            for row in built["cases"]:
                for key, value in row.items():
                    if key in built["bytes"] and key not in given[row["name"]] and value and len(value) >= 16:
                        outputs[bytes.fromhex(value)] = f"{vectors.file} {row['name']} {key}"
    assert len(outputs) > 300
    sources = [path for path in sorted((VECTORS / "generate").rglob("*.py"))]
    assert len(sources) > 15
    written = [
        f"{path.relative_to(ROOT)} holds {where}"
        for path in sources
        for constant in _constants(path)
        for output, where in outputs.items()
        if output not in inputs and output in constant
    ]
    # The bytes of a value that is sealed as it is are an input in all but name.
    assert [line for line in written if not line.endswith((" plaintext", " opened_document"))] == []


def test_published_answers_have_sources_and_come_out() -> None:
    published = json.loads((VECTORS / "generate" / "published.json").read_text())["cases"]
    cited = [case for case in published if "published" in case]
    assert len(cited) > 60 and all(case["source"] for case in cited)
    computed = {row["name"]: row for row in BY_FILE["primitives.json"].build()["cases"]}
    for case in cited:
        row = computed[case["name"]]
        answers = [row[key] for key in ("ciphertext", "mac", "digest", "signature") if key in row]
        assert answers[0].startswith(case["published"])


def test_generators_import_nothing_of_ours() -> None:
    allowed = {"generate", "cryptography", *sys.stdlib_module_names}
    for path in (VECTORS / "generate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {module.split(".")[0] for module in modules} <= allowed, path


# --- files --------------------------------------------------------------------------------------------------------------


def _catalogue() -> set[str]:
    files = (ROOT / "spec-tests" / "rules").glob("*.yml")
    return {rule["id"] for path in files for rule in yaml.safe_load(path.read_text(encoding="utf-8")).get("rules", [])}


@pytest.mark.parametrize("hazards", [False, True], ids=["committed", "hazards"])
def test_files_have_the_published_form(hazards: bool) -> None:
    schema = json.loads((ROOT / "schemas" / "vectors.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    rules = _catalogue()
    for vectors in ALL:
        built = vectors.build(hazards=hazards)
        if not built["cases"]:
            continue
        jsonschema.validate(built, schema)
        used = {flag for row in built["cases"] for flag in row["flags"]}
        assert used == set(built["notes"])
        told = set(built["fields"])
        common = {"name", "flags", "comment", "level", "since", "valid", "rule", "error", "facts", "breaks", "mend"}
        for row in built["cases"]:
            assert set(row) - common <= told, f"{vectors.file} {row['name']}: a field that `fields` does not explain"
            assert row.get("rule", row.get("breaks")) in rules
            for key in built["bytes"]:
                bytes.fromhex(row.get(key) or "")


def test_the_page_of_vectors_counts_right() -> None:
    page = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
    for vectors in ALL:
        assert f"| `{vectors.file}` | {vectors.build()['count']} |" in page


def test_what_ends_a_library_is_not_committed() -> None:
    for vectors in ALL:
        hazards = {case.name for case in vectors.cases if case.hazard}
        committed = {row["name"] for row in json.loads((VECTORS / vectors.file).read_text())["cases"]}
        assert not hazards & committed


# --- mending ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files with the mended form of every refused case, hazards too, as cases of their own."""
    folder = tmp_path_factory.mktemp("mended")
    for vectors in ALL:
        built = vectors.build()
        refused = [row for source in (built, vectors.build(hazards=True)) for row in source["cases"] if not row["valid"]]
        built["cases"] += [export.mended(row) | {"name": f"{row['name']}~mended"} for row in refused]
        write(folder, built)
    return folder


def test_a_mend_changes_what_breaks_the_rule_and_little_else() -> None:
    for vectors in ALL:
        for case in vectors.cases:
            if case.mend is None:
                continue
            assert set(case.mend.inputs) <= set(case.inputs) | {"second"}, f"{vectors.file} {case.name} mends what is no input"
            assert 1 <= len(case.mend.inputs) <= 2


def _mended_names(file: str) -> set[str]:
    built = [BY_FILE[file].build(hazards=hazards)["cases"] for hazards in (False, True)]
    return {f"{row['name']}~mended" for rows in built for row in rows if not row["valid"]}


SCENARIOS = [vectors.file for vectors in ALL if vectors.file not in ("primitives.json", "aead_fle1.json")]


def test_every_mended_case_passes_through_the_interface(mended: Path, tmp_path: Path) -> None:
    verdicts = run_scenarios(tmp_path / "report", mended, "-k", "vectors/*~mended]", "--sut", "reference", "--sut", "wheel")
    for file in SCENARIOS:
        topic = file.removesuffix(".json")
        ran = {case for _, case in verdicts if case.startswith(f"vectors/{topic}/")}
        assert {case.split("[v=")[1][:-1] for case in ran} == _mended_names(file), file
        for case in ran:
            words = [verdicts[subject, case]["verdict"] for subject in ("reference", "wheel")]
            # xpass: the wildcard of an expected failure of the wheel fits the mended name as well.
            assert words[0] in ("pass", "unsupported") and words[1] in ("pass", "xpass"), f"{case}: {words}"


@pytest.mark.parametrize("program", UNITS)
def test_every_mended_case_passes_below_the_interface(program: str, mended: Path) -> None:
    code, said = run_unit(program, mended)
    plain_code, plain = run_unit(program, VECTORS)
    assert (code, plain_code) == (0, 0), said
    if "hooks" not in program:
        assert said.count("\nok ") > plain.count("\nok ") and "~mended" in said


# --- able to fail -------------------------------------------------------------------------------------------------------

OUTPUTS = {
    "csfle_values.json": ("int32-42-det", "output_document", "reference"),
    "csfle_blobs.json": ("good-random-int32", "output_document", "reference"),
    "local_kek_wrap.json": ("unwrap-basic", "encrypted", "reference"),
    "data_key_creation.json": ("local", "document", "reference"),
    "key_documents.json": ("ok-local", "encrypted", "reference"),
    "markings.json": ("ok-random-ki", "encrypted_command", "wheel"),
    "endpoints.json": ("vault-dot-required", "connect_to", "wheel"),
    "kms_providers.json": ("neg-aws-no-id", "error", "reference"),
}


def _spoiled(value: str) -> str:
    """Another value of the same form: in the bytes the last digit but the closing zero; another class of errors."""
    if value.isupper():
        return "FIELD_UNKNOWN" if value != "FIELD_UNKNOWN" else "FIELD_REQUIRED"
    if not value[-2:] == "00":
        return value + "X"
    return value[:-3] + ("1" if value[-3] == "0" else "0") + value[-2:]


def test_a_wrong_output_fails_through_the_interface(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    folder.mkdir()
    for vectors in ALL:
        built = vectors.build()
        if vectors.file in OUTPUTS:
            name, field, _ = OUTPUTS[vectors.file]
            row = next(row for row in built["cases"] if row["name"] == name)
            row[field] = _spoiled(row[field])
        write(folder, built)
    verdicts = run_scenarios(tmp_path / "report", folder, "-k", "vectors/*", "--sut", "reference", "--sut", "wheel")
    for file, (name, _, subject) in OUTPUTS.items():
        of_case = [
            event["verdict"]
            for (who, case), event in verdicts.items()
            if who == subject and case.startswith(f"vectors/{file[:-5]}/") and case.endswith(f"[v={name}]")
        ]
        assert "fail" in of_case, f"{file} {name}: {of_case}"
    good = [event for (_, case), event in verdicts.items() if not any(case.endswith(f"[v={row[0]}]") for row in OUTPUTS.values())]
    assert all(event["verdict"] in ("pass", "unsupported", "xfail") for event in good)


@pytest.mark.parametrize(
    ("program", "file", "name", "field"),
    [
        (UNITS[0], "primitives.json", "sp800-38a-F.2.5", "ciphertext"),
        (UNITS[0], "aead_fle1.json", "open-good", "plaintext"),
        (UNITS[0], "local_kek_wrap.json", "unwrap-basic", "dek"),
        (UNITS[1], "endpoints.json", "vault-all-parts-dot-required", "path"),
        (UNITS[2], "primitives.json", "rfc7515-A.2-rs256", "signature"),
    ],
)
def test_a_wrong_output_fails_below_the_interface(program: str, file: str, name: str, field: str, tmp_path: Path) -> None:
    for vectors in ALL:
        built = vectors.build()
        for row in built["cases"]:
            if (vectors.file, row["name"]) == (file, name):
                last = "1" if row[field][-1] == "0" else "0"
                row[field] = row[field][:-1] + last
        write(tmp_path, built)
    code, said = run_unit(program, tmp_path)
    failed = [line for line in said.splitlines() if line.startswith("not ok")]
    assert code == 1 and len(failed) == 1 and name in failed[0], said


# --- hazards and export -------------------------------------------------------------------------------------------------


def test_what_ends_a_library_is_a_clean_error_of_the_reference(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(VECTORS), "PYTHONDONTWRITEBYTECODE": "1"}
    folder = tmp_path / "hazards"
    subprocess.run([sys.executable, "-m", "generate", "--hazards", folder], env=environment, check=True)
    verdicts = run_scenarios(tmp_path / "report", folder, folder, "--hazards", "--sut", "reference")
    assert len(verdicts) == sum(case.hazard for vectors in ALL for case in vectors.cases)
    words = [event["verdict"] for event in verdicts.values()]
    assert words.count("pass") >= 10
    assert set(words) <= {"pass", "unsupported"}, verdicts


def test_export_is_plain_and_whole(tmp_path: Path) -> None:
    done = subprocess.run([PROGRAM, "vectors", "export", tmp_path / "out"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert [entry["file"] for entry in index["files"]] == sorted(BY_FILE)
    for entry in index["files"]:
        text = (tmp_path / "out" / entry["file"]).read_text()
        assert hashlib.sha256(text.encode()).hexdigest() == entry["sha256"]
        assert text.isascii() and "${" not in text
        exported = json.loads(text)
        built = BY_FILE[entry["file"]].build()
        refused = [row for row in built["cases"] if not row["valid"]]
        assert exported["count"] == len(exported["cases"]) == len(built["cases"]) + len(refused)
        assert (entry["valid"], entry["invalid"]) == (len(built["cases"]), len(refused))
        for case in exported["cases"]:
            assert case.get("keys") == built.get("keys")
            for key in exported["bytes"]:
                bytes.fromhex(case.get(key) or "")


def test_export_refuses_wrong_words(tmp_path: Path) -> None:
    assert subprocess.run([PROGRAM, "vectors"], capture_output=True, check=False).returncode == 2
    (tmp_path / "file").write_text("")
    done = subprocess.run([PROGRAM, "vectors", "export", tmp_path / "file"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "file" in done.stderr
