"""junit.xml: one suite a subject, one test a case, no times. What is unsupported, expected to fail or advisory is skipped
there with its reason, as CI servers know no more than passed, failed, error and skipped.
"""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from reports.results import Results, Verdict


def write(results: Results, path: Path) -> None:
    xml = JUnitXml("fleproof")
    for subject in results.present:
        suite = TestSuite(subject.name)
        suite.add_testcases([_test(line) for line in results.of(subject.name)])  # one by one, each would count all again
        xml.add_testsuite(suite)
    xml.update_statistics()
    xml.write(str(path), pretty=True)


def _test(line: Verdict) -> TestCase:
    test = TestCase(line.case, f"{line.subject}.{line.area}")
    outcome = _outcome(line)
    if outcome is not None:
        outcome.text = "\n".join(f"{d.at}: {d.why}\n  expected {d.expected}\n  actual   {d.actual}" for d in line.differences)
        test.result = [outcome]
    return test


def _outcome(line: Verdict) -> Failure | Error | Skipped | None:
    if line.verdict == "pass":
        return None
    if line.verdict == "error":
        return Error(line.why, "error")
    if line.bad:
        return Failure(line.why, line.cause or line.verdict)
    word = "advisory" if line.advisory and line.verdict == "fail" else line.verdict
    return Skipped(f"{word}: {line.why}", word)
