"""Chooses the small corpus of a target, fuzz/corpus/TARGET/found-*, from what long runs found: a set of inputs that reaches every edge.

Out of the seeds, of build/fuzz/long/TARGET and of the queue of AFL++ it takes the inputs that add the most edges, until no edge is missing;
then those that add most features (an edge taken more often), up to MAX_FILES files or MAX_BYTES bytes. Seeds (seed-*, of fuzz/seeds.py) stay.
Usage: build/venv/bin/python tools/fuzz_merge.py [TARGET...]
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILES = 60  # the seeds included
MAX_BYTES = 200 * 1024
MAX_INPUT = 8192


@dataclass
class Input:
    path: Path
    size: int
    features: set[int] = field(default_factory=set)

    @property
    def edges(self) -> set[int]:
        """A feature is an edge and how often it was taken, in eight steps."""
        return {feature // 8 for feature in self.features}


def engine(target: str, *words: str) -> None:
    command = [f"build/fuzz/targets/{target}", "-timeout=10", "-rss_limit_mb=2048", *words]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{target}: an input of its corpus is a finding:\n{done.stdout.decode(errors='replace')[-4000:]}")


def measure(target: str, candidates: Path, folder: Path) -> list[Input]:
    """What each input reaches, by the notes that libFuzzer's merge keeps for itself."""
    few, none, notes = folder / "few", folder / "none", folder / "notes"
    few.mkdir()
    none.mkdir()
    engine(target, "-merge=1", str(few), str(candidates))
    engine(target, "-set_cover_merge=1", f"-merge_control_file={notes}", str(none), str(few))
    lines = notes.read_text().splitlines()
    count = int(lines[0])
    inputs = [Input(Path(line), Path(line).stat().st_size) for line in lines[2 : 2 + count]]
    for line in lines[2 + count :]:
        word, _, rest = line.partition(" ")
        if word == "FT":
            number, *features = (int(text) for text in rest.split())
            inputs[number].features.update(features)
    return inputs


def gather(target: str, folder: Path) -> None:
    """All candidates once, named by their content; the seeds first."""
    sources = [ROOT / "fuzz/corpus" / target, ROOT / "build/fuzz/long" / target, ROOT / "build/afl/out" / target / "default/queue"]
    for source in sources:
        for path in sorted(source.glob("*")) if source.is_dir() else []:
            if path.is_file() and path.stat().st_size <= MAX_INPUT:
                data = path.read_bytes()
                (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def choose(inputs: list[Input], max_files: int) -> list[Input]:
    kept: list[Input] = []
    for gain in ("edges", "features"):
        left = {one.path: (one, getattr(one, gain)) for one in inputs if one not in kept}
        have: set[int] = set().union(*(getattr(one, gain) for one in kept))
        while left:
            best, adds = max(left.values(), key=lambda pair: (len(pair[1] - have), -pair[0].size, pair[0].path.name))
            total = sum(one.size for one in kept) + best.size
            if not adds - have or len(kept) >= max_files or total > MAX_BYTES:
                break
            have |= adds
            kept.append(best)
            del left[best.path]
    return kept


def merge(target: str) -> None:
    corpus = ROOT / "fuzz/corpus" / target
    seeds = {path.read_bytes() for path in corpus.glob("seed-*")}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "all"
        folder.mkdir()
        gather(target, folder)
        inputs = measure(target, folder, Path(temporary))
        chosen = choose(inputs, MAX_FILES - len(seeds))
        found = {one.path.name[:16]: one.path.read_bytes() for one in chosen}
        reached, wanted = (len(set().union(*(one.edges for one in group))) for group in (chosen, inputs))
    for old in corpus.glob("found-*"):
        old.unlink()
    for name, data in found.items():
        if data not in seeds:
            (corpus / f"found-{name}").write_bytes(data)
    files = list(corpus.iterdir())
    print(f"  {target}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes reach {reached} of {wanted} edges", flush=True)


def main(names: list[str]) -> int:
    command = ["make", "--no-print-directory", "-s", "FLAVOUR=fuzz", "CC=clang"]
    subprocess.run([*command, "fuzz-targets"], cwd=ROOT, check=True)
    words = subprocess.run([*command, "print-fuzz-targets"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    for name in names or [word.partition("=")[0] for word in words]:
        merge(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
