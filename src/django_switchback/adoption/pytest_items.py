"""Collect pytest items from one rehearsal, which every process of pytest-xdist shares."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_switchback.untrusted_text import single_line

PREFIX = "switchback"
FOLDER_VARIABLE = "PYTEST_SWITCHBACK_FOLDER"
"""The folder of the report that the processes of one pytest run share."""


class RehearsalFailed(Exception):
    """Carries the text of what was found about one migration on one database."""


class RehearsalItem(pytest.Item):
    """A migration on a database: it shows the verdict of the rehearsal, and runs nothing itself."""

    def __init__(
        self, *, problems: tuple[str, ...], skip: str, path_of: str, heading: str, **others: Any
    ) -> None:
        super().__init__(**others)
        self._problems = problems
        self._skip = skip
        self._path_of = path_of
        self._heading = heading
        self.add_marker("switchback")

    def runtest(self) -> None:
        """Fail with the findings; skip where the skip is acknowledged."""
        if self._problems:
            raise RehearsalFailed("\n\n".join(self._problems))
        if self._skip:
            pytest.skip(self._skip)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the findings alone: the traceback would be this plugin's."""
        if isinstance(excinfo.value, RehearsalFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Return the migration's file and the heading of a failure."""
        return self._path_of or str(self.path), 0, self._heading


class RehearsalItems:
    """Rehearses when pytest collects, and adds the items."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if not hasattr(config, "workerinput"):
            # Inherited by the processes of pytest-xdist.
            self._folder = tempfile.TemporaryDirectory(prefix="switchback-pytest-")
            os.environ[FOLDER_VARIABLE] = self._folder.name

    def pytest_unconfigure(self) -> None:
        """Remove the report, after the processes of pytest-xdist have ended."""
        if self._folder is not None:
            self._folder.cleanup()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add an item for each migration and database, before ``-k`` and ``-m`` choose."""
        found = list(_items(session, self._report()))
        # Counted as collected.
        report = pytest.CollectReport(nodeid=PREFIX, outcome="passed", longrepr=None, result=list(found))
        self._config.hook.pytest_collectreport(report=report)
        items.extend(found)

    def _report(self) -> dict[str, Any]:
        """Return the JSON report; the first process makes it, the others wait for it."""
        file = Path(os.environ[FOLDER_VARIABLE], "report.json")
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                self._rehearse(file)
            report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return report

    def _rehearse(self, file: Path) -> None:
        options = shlex.split(self._config.getoption("switchback_args"))
        words = [sys.executable, "-m", "django_switchback", *options, "--quiet", "--json", str(file)]
        done = subprocess.run(words, cwd=self._config.rootpath, capture_output=True, text=True, check=False)
        if not file.exists():
            raise pytest.UsageError(f"switchback ended with status {done.returncode}: {done.stderr.strip()}")


def _items(session: pytest.Session, report: dict[str, Any]) -> Iterator[RehearsalItem]:
    least = ("error", "warning")[: ("error", "warning").index(report["fail_on"]) + 1]
    if report["reasons"]:
        yield _item(session, "run", report["reasons"], "", "")
    for database in report["databases"]:
        problems = _problems(database["findings"], least)
        if database["scratch"]["verdict"] != "passed" and not problems:
            problems = [f"from scratch: {database['scratch']['verdict']}: {database['reason'] or ''}"]
        yield _item(session, f"project[{database['name']}]", problems, "", "")
    for entry in report["migrations"]:
        problems = _problems(entry["findings"], least)
        skip = ""
        if entry["verdict"] == "skipped" and (
            entry["baseline"] == "known" or any(found["rule"] == "skipped" for found in entry["acknowledged"])
        ):
            skip = entry["reason"] or ""
        elif entry["verdict"] != "passed" and entry["baseline"] != "known" and not problems:
            problems = [f"{entry['verdict']}: {entry['reason'] or ''}"]
        name = f"{entry['app']}.{entry['name']}[{entry['database']}]"
        yield _item(session, name, problems, skip, entry["path"])


def _problems(findings: list[dict[str, Any]], severities: tuple[str, ...]) -> list[str]:
    return [
        _text(finding)
        for finding in findings
        if finding["severity"] in severities
        and not finding["acknowledged"]
        and finding["baseline"] != "known"
    ]


def _text(finding: dict[str, Any]) -> str:
    commands = [command for command in (finding["setup"], finding["reproduce"]) if command]
    head = f"{finding['severity']}  {finding['rule']}{'  confirmed' if finding['confirmed'] else ''}"
    lines = [
        head,
        finding["message"],
        f"Fix: {finding['fix']}",
        *(["To reproduce it, on a scratch database:"] if commands else []),
        *commands,
    ]
    return "\n".join(map(single_line, lines))


def _item(session: pytest.Session, name: str, problems: list[str], skip: str, path: str) -> RehearsalItem:
    item: RehearsalItem = RehearsalItem.from_parent(
        session,
        name=single_line(name),
        nodeid=single_line(f"{PREFIX}::{name}"),
        heading=single_line(name.removesuffix("]").replace("[", " on ")),
        problems=tuple(problems),
        skip=single_line(skip),
        path_of=single_line(path),
    )
    return item
