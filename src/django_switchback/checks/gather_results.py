"""Gather check results from a folder's files, and report the missing ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from django_switchback import evidence
from django_switchback.checks import backup, performance, rehearsal
from django_switchback.checks.interface import CHECKS, CheckResult
from django_switchback.errors import UnreadableEvidence
from django_switchback.evidence import AnyRecord, CheckName, DatabaseStarted, RunStarted, Value

TESTS_FILE = "tests.json"
OUTPUT = ".txt"
"""The suffix of a check's output file, beside its log."""
JUDGES: dict[CheckName, Callable[[tuple[AnyRecord, ...]], tuple[CheckResult, ...]]] = {
    "migrations": rehearsal.judge,
    "performance": performance.judge,
    "backup-verification": backup.judge,
}


class ProjectTests(Value, frozen=True, kw_only=True):
    """The result of the project's own tests; ``status`` is the exit status, ``None`` if unfinished."""

    command: str
    status: int | None
    seconds: float
    report: str = ""


class ExpectedResult(NamedTuple):
    """An expected result: a check and its kind of database (``sqlite``, ``postgresql-15`` …).

    ``postgresql`` stands for any version of it; the tests have no database.
    """

    check: str
    database: str = ""

    def met_by(self, result: CheckResult) -> bool:
        """Return whether ``result`` is the expected result."""
        names = [name.partition("/")[0] for name in result.database.split(", ")]
        return result.check == self.check and any(self._is(name) for name in names)

    def _is(self, name: str) -> bool:
        return name == self.database or (self.database == "postgresql" and name.startswith("postgresql-"))


def gather(folder: Path, expected: tuple[ExpectedResult, ...]) -> tuple[CheckResult, ...]:
    """Return a result for each log and result file below ``folder``, and one for each that is missing.

    Logs of the same check and databases (shards) are judged as one. A file that cannot be read is a check
    that did not run.
    """
    found = [*_test_results(folder), *_log_results(folder)]
    checks = {entry.check for entry in expected}
    missing = (
        CheckResult(
            check=entry.check,
            database=entry.database,
            outcome="not run",
            summary=f"no result in {folder}",
            problems=("it left neither an evidence log nor a result file", *_last_output(folder, entry)),
        )
        for entry in expected
        if not any(entry.met_by(result) for result in found)
    )
    relevant = [result for result in found if result.check in checks or result.check not in CHECKS]
    return tuple(sorted((*relevant, *missing), key=_order))


def _order(result: CheckResult) -> tuple[int, str]:
    known = result.check in CHECKS
    return (CHECKS.index(result.check) if known else len(CHECKS), result.database)


def _test_results(folder: Path) -> Iterator[CheckResult]:
    for path in sorted(folder.rglob(TESTS_FILE)):
        try:
            project_tests = msgspec.json.decode(path.read_bytes(), type=ProjectTests)
        except (OSError, msgspec.DecodeError) as error:
            yield _unreadable("tests", path, str(error))
            continue
        report = str(path.parent / project_tests.report) if project_tests.report else str(path)
        yield _tests_result(project_tests, report)


def _tests_result(project_tests: ProjectTests, report: str) -> CheckResult:
    summary = f"{project_tests.command} ended with status {project_tests.status}"
    if project_tests.status is None:
        summary = f"{project_tests.command} did not finish"
    passed = project_tests.status == 0
    return CheckResult(
        check="tests",
        database="",
        outcome="passed" if passed else "not run" if project_tests.status is None else "failed",
        summary=summary,
        problems=() if passed else (summary,),
        seconds=project_tests.seconds,
        report=report,
    )


def _log_results(folder: Path) -> Iterator[CheckResult]:
    groups: dict[tuple[CheckName, tuple[str, ...]], list[tuple[Path, tuple[AnyRecord, ...]]]] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        try:
            records = evidence.read(path)
        except UnreadableEvidence as error:
            yield _unreadable(_check_in(path.name), path, str(error))
            continue
        groups.setdefault(_kind(records, path.name), []).append((path, records))
    for (check, _), logs in groups.items():
        records = tuple(record for _, own in logs for record in own)
        paths = tuple(_report_beside(path) for path, _ in logs)
        for result in JUDGES[check](records):
            words = _error_messages(paths) if result.outcome == "not run" else ()
            yield msgspec.structs.replace(
                result, report=", ".join(map(str, paths)), problems=(*result.problems, *words)
            )


def _kind(records: tuple[AnyRecord, ...], name: str) -> tuple[CheckName, tuple[str, ...]]:
    check = next((record.check for record in records if isinstance(record, RunStarted)), None)
    databases = {record.database for record in records if isinstance(record, DatabaseStarted)}
    return check or _check_in(name), tuple(sorted(databases))


def _report_beside(log: Path) -> Path:
    """Return the report beside a log, or the log if there is no report."""
    report = log.with_suffix(OUTPUT)
    return report if report.is_file() else log


def _last_output(folder: Path, expected: ExpectedResult) -> tuple[str, ...]:
    name = f"{expected.check}-{expected.database}".rstrip("-")
    return _error_messages(tuple(sorted(folder.rglob(f"{name}{OUTPUT}"))))


def _error_messages(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Return the error messages in a check's output."""
    return tuple(
        line
        for path in paths
        if path.suffix == OUTPUT
        for line in path.read_text("utf-8", "replace").splitlines()
        if line.startswith("switchback: ")
    )


def _check_in(name: str) -> CheckName:
    """Return the check that a log's file name starts with, for logs without a start record."""
    return next((check for check in JUDGES if name.startswith(check)), "migrations")


def _unreadable(check: str, path: Path, reason: str) -> CheckResult:
    return CheckResult(
        check=check,
        database="",
        outcome="not run",
        summary="unreadable",
        problems=(reason,),
        report=str(path),
    )
