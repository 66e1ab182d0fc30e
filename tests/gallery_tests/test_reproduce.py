"""What a finding tells to type shows the fault again, with plain Django on a database of one's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gallery_tests.cases import CASES, Case, write_project
from gallery_tests.rehearsal import environment, rehearsed

pytestmark = pytest.mark.timeout(900)

ON_EMPTY_TABLES = {
    "forward_fails.unsafe_sql",
    "irreversible.unsafe_python",
    "reapply_fails.unsafe_content_type",
    "rollback_fails.unsafe_sql",
    "rollback_not_atomic.unsafe",
    "rollback_not_atomic.unsafe_text",
}
"""Of each rule that raises on empty tables the case on its page, and one that duplicates stop as well."""

WITH_ROWS = {
    "forward_fails_with_data.unsafe_text",
    "forward_fails_with_data.unsafe_python",
    "reapply_differs.unsafe_uuid",
    "reapply_fails.unsafe_extremes",
    "reapply_fails.unsafe_slugs",
    "rollback_blocked_by_new_rows.unsafe_null",
    "rollback_fails_with_data.unsafe_unique",
    "rollback_leaves_data.unsafe_links",
    "rollback_loses_data.unsafe_behind_extremes",
    "rollback_loses_data.unsafe_delete_rows",
}
"""One of each rule, and of duplicates: every case has such a test."""


@pytest.fixture
def project(case: Case, tmp_path: Path) -> Path:
    """Return the folder of a project with ``case`` as its only app."""
    write_project(tmp_path / "project", [case])
    return tmp_path / "project"


def typed(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Type ``command`` in ``project``, on a SQLite file."""
    here = Path(sys.executable).parent
    return subprocess.run(
        ["sh", "-c", command],
        cwd=project,
        env={**environment(), "DATABASE_URL": "sqlite:///db.sqlite3", "PATH": f"{here}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def finding(case: Case, folder: Path) -> dict[str, Any]:
    """Return what the rehearsal on SQLite says of ``case`` by its own rule."""
    for entry in rehearsed(case.group, folder)["migrations"]:
        if (entry["database"], entry["app"]) == ("sqlite", case.app):
            (found,) = (finding for finding in entry["findings"] if finding["rule"] == case.slug)
            return dict(found)
    raise AssertionError(case)


@pytest.mark.parametrize("case", [case for case in CASES if str(case) in ON_EMPTY_TABLES], ids=str)
def test_commands(case: Case, shared: Path, project: Path) -> None:
    """``setup`` goes well on an empty database, and ``reproduce`` then fails as it did in the rehearsal."""
    found = finding(case, shared)
    assert found["evidence"]["rows_needed"] == "none"
    if found["setup"] is not None:
        ready = typed(found["setup"], project)
        assert ready.returncode == 0, ready.stderr
    done = typed(found["reproduce"], project)
    assert done.returncode == 1, done.stdout
    assert found["evidence"]["exception"]["type"] in done.stderr


def test_smallest_rows(shared: Path, tmp_path: Path) -> None:
    """The test that a finding about rows comes with fails with plain Django as the rehearsal did."""
    cases = [case for case in CASES if str(case) in WITH_ROWS]
    write_project(tmp_path / "project", cases)
    raised = {}
    for case in cases:
        found = finding(case, shared)
        Path(tmp_path, "project", f"test_{case.app}.py").write_text(found["evidence"]["smallest"]["test"])
        raised[f"test_{case.app}"] = found["evidence"].get("exception", {"type": "AssertionError"})["type"]
    files = " ".join(f"{name}.py" for name in raised)
    options = f"-q -p no:cacheprovider -c {os.devnull} --junitxml=told.xml"
    done = typed(f"python -m pytest {options} {files}", tmp_path / "project")
    assert done.returncode == 1, done.stdout
    # Where it ends, pytest names the file, the line and the exception's class.
    told = {
        test.attrib["classname"]: (failure.text or "").rpartition(": ")[2].strip()
        for test in ElementTree.parse(tmp_path / "project" / "told.xml").iter("testcase")
        for failure in test.iter("failure")
    }
    assert told == raised, done.stdout
