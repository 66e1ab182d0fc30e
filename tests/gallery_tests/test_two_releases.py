"""The migrations that ``old-code-breaks`` shows in place of a case's, each rehearsed as it is printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_switchback.rules.registry import BY_SLUG
from gallery_tests.cases import CASES, Case, write_project
from gallery_tests.rehearsal import DATABASES, environment, rehearsed

pytestmark = pytest.mark.timeout(900)
WRITTEN = {
    "unsafe_delete_model": 2,
    "unsafe_integer_to_text": 3,
    "unsafe_mandatory": 1,
    "unsafe_remove_field": 2,
    "unsafe_rename_field": 1,
    "unsafe_rename_key": 1,
    "unsafe_rename_model": 1,
}
"""The number of migrations that are shown, by the name of the case."""
SHOWN = [case for case in CASES if case.rule == "old_code_breaks" and case.name in WRITTEN]


def shown(case: Case, database: str, shared: Path) -> list[dict[str, Any]]:
    """Return the migrations that the rehearsal of ``case`` shows."""
    [found] = [
        finding
        for entry in rehearsed(case.group, shared)["migrations"]
        if (entry["database"], entry["app"]) == (database, case.app)
        for finding in entry["findings"]
        if finding["rule"] == case.slug
    ]
    return [migration for migration in found["evidence"]["migrations"] if migration["code"]]


def left_to_the_reader(finding: dict[str, Any]) -> bool:
    """Return whether a finding is about what the advice may not avoid: locks, growth, no docstring."""
    group = BY_SLUG[finding["rule"]].group
    return group == "hygiene" or (group == "deploy window" and finding["rule"] != "old-code-breaks")


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_shown_passes(database: str, shared: Path, tmp_path: Path) -> None:
    """Each migration that is shown is applied and rolled back without an error, and breaks no release."""
    project, file = tmp_path / "project", tmp_path / "report.json"
    write_project(project, SHOWN)
    written = {}
    for case in SHOWN:
        folder = project / case.app / "migrations"
        (folder / "0002_target.py").unlink()
        for migration in shown(case, database, shared):
            (folder / f"{migration['name']}.py").write_text(migration["code"])
            written[case.app, migration["name"]] = case.name
    words = ["--project", str(project), "--settings", "settings", "--database", database, "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "django_switchback", *words, "--json", str(file)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert file.exists(), done.stderr
    entries = {
        (entry["app"], entry["name"]): entry
        for entry in json.loads(file.read_text())["migrations"]
        if entry["name"] != "0001_initial"
    }
    told = {
        key: [
            entry["verdict"],
            *(
                item["message"]
                for item in entry["findings"]
                if item["severity"] != "info" and not left_to_the_reader(item)
            ),
        ]
        for key, entry in entries.items()
    }
    assert told == {key: ["passed"] for key in written}
    assert {name: list(written.values()).count(name) for name in WRITTEN} == WRITTEN
