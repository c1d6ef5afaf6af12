"""`python3 -m reports VERB ...`: the verbs that `fleproof` hands over. Exit: 0, 2 for wrong usage or a folder that cannot be
believed; `compare` says 1 when something got worse, and 3 where one of the two cannot be believed. Messages go to stderr, pages to files or stdout.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reports import badge, compare, explain, fix, html, junit, pages, results
from reports.results import Refused
from vectors.export import export


def _default_report() -> Path:
    """The folder that `fleproof run` writes by itself."""
    return Path("build/report") if Path("build").is_dir() else Path("fleproof-report")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fleproof")
    verbs = parser.add_subparsers(dest="verb", required=True)
    report = verbs.add_parser("report", help="write the pages of a report folder: index.html, summary.md, junit.xml, badge.json")
    report.add_argument("dir", nargs="?", type=Path, default=None, help="the folder (default: that of `fleproof run`)")
    one = verbs.add_parser("explain", help="show what happened in one case: exchange, expected, actual, the rule")
    one.add_argument("case", metavar="CASE", help="the id of a case")
    one.add_argument("--report", type=Path, default=None, metavar="DIR", help="the folder (default: that of `fleproof run`)")
    one.add_argument("--sut", default=None, metavar="NAME", help="only this subject")
    two = verbs.add_parser("compare", help="what another run says differently: new failures, vanished cases, changed texts, fixed")
    two.add_argument("old", metavar="OLD", type=Path, help="a report folder, or a results.jsonl")
    two.add_argument("new", metavar="NEW", type=Path, help="the same of the later run")
    two.add_argument("--markdown", type=Path, default=None, metavar="FILE", help="write the comparison as Markdown, too")
    two.add_argument("--json", type=Path, default=None, metavar="FILE", help="write it as JSON, too")
    edits = verbs.add_parser("fix", help="what `fleproof run --fix` ends with")
    edits.add_argument("dir", type=Path)
    vectors = verbs.add_parser("vectors", help="the vectors, for people who bring a loader of their own")
    vectors_verbs = vectors.add_subparsers(dest="what", required=True, metavar="export")
    plain = vectors_verbs.add_parser("export", help="write them as plain JSON, each case by itself, with an index")
    plain.add_argument("dir", type=Path, help="the folder that they are written to")
    return parser


def _report(folder: Path) -> None:
    read = results.read(folder / "results.jsonl")
    junit.write(read, folder / "junit.xml")
    badge.write(read, folder / "badge.json")
    (folder / "summary.md").write_text(pages.page("summary.md.j2", results=read), encoding="utf-8")
    html.write(folder, read)


def main(words: list[str]) -> int:
    chosen = _arguments().parse_args(words)
    code = 0
    try:
        if chosen.verb == "report":
            _report(chosen.dir or _default_report())
        elif chosen.verb == "vectors":
            print(f"{export(chosen.dir)} cases in {chosen.dir}")
        elif chosen.verb == "fix":
            code = fix.fix(chosen.dir)
        elif chosen.verb == "compare":
            text, code = compare.run(chosen.old, chosen.new, chosen.markdown, chosen.json)
            sys.stdout.write(text)
        else:
            sys.stdout.write(explain.explain(chosen.report or _default_report(), chosen.case, chosen.sut))
    except (Refused, OSError) as refusal:
        print(f"fleproof {chosen.verb}: {refusal}", file=sys.stderr)
        return 3 if chosen.verb in ("compare", "fix") else 2
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
