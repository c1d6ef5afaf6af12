"""examples/state_machine.c: built by pkg-config against the reference and against Debian's library, it brings every world of
examples/replies to the result that a second implementation computed; docs/loop.md prints the file as it is.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bson import json_util

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "state_machine.c"
WORLDS = sorted(
    path for path in (ROOT / "examples" / "replies").iterdir() if path.is_dir() and (path / "providers.json").exists()
)
STRICT = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()


def flags(package: str, prefix: Path) -> list[str]:
    """Flags of pkg-config; headers of libraries are system headers, as their warnings are not ours."""
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib" / "fleproof" / "pkgconfig")}
    done = subprocess.run(
        ["pkg-config", "--cflags", "--libs", package, "libbson-1.0"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [f"-isystem{word[2:]}" if word.startswith("-I") else word for word in shlex.split(done.stdout)]


@pytest.fixture(scope="module", params=["fleproof-mongocrypt", "libmongocrypt"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prefix: Path) -> tuple[str, Path]:
    package = request.param
    if package == "libmongocrypt" and subprocess.run(["pkg-config", "--exists", package], check=False).returncode:
        pytest.skip("Debian's libmongocrypt-dev is not installed: run make setup")
    out = tmp_path_factory.mktemp("example") / package
    for compiler in ("clang", "gcc"):
        subprocess.run([compiler, *STRICT, "-o", out, EXAMPLE, *flags(package, prefix)], check=True)
    loaded = subprocess.run(["ldd", out], capture_output=True, text=True, check=True).stdout
    assert (str(prefix.resolve()) in loaded.replace("pkgconfig/../", "")) == (package == "fleproof-mongocrypt"), loaded
    return package, out


FEATURES = {"datakey-aws": "remote_kms", "rewrap": "rewrap", "decrypt-credentials": "kms_credentials"}
SINCE = {"encrypt-two-collections": (1, 13), "encrypt-bulk-write": (1, 10)}


def lacking(world: Path) -> bool:
    """What the reference does not do yet is said in runner/subjects/reference.yml; here: which worlds need it."""
    feature = "auto_encryption" if world.name.startswith("encrypt") else FEATURES.get(world.name)
    return feature in yaml.safe_load((ROOT / "runner" / "subjects" / "reference.yml").read_text())["lacks"]


def version(package: str) -> tuple[int, ...]:
    done = subprocess.run(["pkg-config", "--modversion", package], capture_output=True, text=True, check=True)
    return tuple(int(number) for number in re.findall(r"\d+", done.stdout)[:2])


@pytest.mark.parametrize("world", WORLDS, ids=lambda path: path.name)
def test_the_loop_brings_every_world_to_its_result(client: tuple[str, Path], world: Path) -> None:
    package, binary = client
    done = subprocess.run([binary, world], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    if package == "libmongocrypt" and version(package) < SINCE.get(world.name, (0,)):
        pytest.skip(f"the world needs {SINCE[world.name]}, the installed library is {version(package)}")
    if package == "fleproof-mongocrypt" and lacking(world):
        assert done.returncode == 1
        assert re.search(r"error: .* \[UNSUPPORTED [^]]*feature=", done.stderr), done.stderr
        return
    if world.name == "absent-key":
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("error: ")
        return
    assert done.returncode == 0, done.stderr
    result = json_util.loads(done.stdout.removeprefix("result "))
    if (world / "result.json").exists():
        assert result == json_util.loads((world / "result.json").read_text())
    elif world.name == "rewrap":
        (key,) = result["v"]
        assert list(key) == ["keyMaterial", "masterKey", "_id"]
        before = json_util.loads((world / "keys.1.json").read_text())
        assert key["_id"] == before["_id"]
        assert key["keyMaterial"] != before["keyMaterial"]
    else:
        assert next(iter(result)) == "_id"
        assert len(result["keyMaterial"]) == 160


def test_every_world_is_there() -> None:
    kinds = {"datakey", "datakey-aws", "explicit-encrypt", "encrypt", "decrypt", "rewrap", "absent-key", *FEATURES, *SINCE}
    assert {path.name for path in WORLDS} >= kinds | {"encrypt-schema-map"}


def test_the_page_prints_the_file() -> None:
    printed = re.findall(r"```c\n(.*?)```", (ROOT / "docs" / "loop.md").read_text(), re.S)
    assert printed == [EXAMPLE.read_text()], "copy examples/state_machine.c into docs/loop.md"


def test_the_commands_of_the_page_print_what_it_says(tmp_path: Path, prefix: Path) -> None:
    page = (ROOT / "docs" / "loop.md").read_text()
    commands, printed = re.search(r"```sh\n(.*?)```.*?```\n(.*?)```", page, re.S).groups()
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "release").symlink_to(prefix)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, printed), done.stderr


def test_the_page_tells_of_every_state() -> None:
    header = (ROOT / "ref/mongocrypt/include/mongocrypt/mongocrypt.h").read_text()
    states = set(re.findall(r"MONGOCRYPT_CTX_(\w+) = \d", header))
    page = (ROOT / "docs" / "loop.md").read_text()
    table = re.search(r"## Which call belongs to which state\n\n(.*?)\n\n", page, re.S)[1]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == states


def test_the_example_fits_a_page() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 150


def test_the_generator_gives_the_files_that_are_there(tmp_path: Path) -> None:
    copy = tmp_path / "generate.py"
    copy.write_bytes((ROOT / "examples" / "replies" / "generate.py").read_bytes())
    subprocess.run([sys.executable, copy], check=True)
    for path in sorted(tmp_path.rglob("*.*")):
        if path != copy:
            there = ROOT / "examples" / "replies" / path.relative_to(tmp_path)
            assert there.read_bytes() == path.read_bytes(), there.name
    assert json.loads((tmp_path / "decrypt" / "result.json").read_text())["v"] == "hello"
