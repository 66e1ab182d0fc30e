"""One thing at a time broken in a copy of the demonstration project: exactly the right check turns red."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

EXAMPLE = Path(__file__).parents[2] / "example"
INDEXES = "apps/blog/migrations/0007_add_performance_indexes.py"
UNUSED = shutil.ignore_patterns("*.sqlite3", "__pycache__", ".env", "media", "staticfiles")


class Break(NamedTuple):
    """In ``file``, ``old`` becomes ``new``; the one row that turns red, and what is said of it.

    ``flags`` are what all-checks is told besides.
    """

    file: str
    old: str
    new: str
    database: str
    red: str
    said: str
    flags: tuple[str, ...] = ()


BREAKS = {
    "a reverse_code that is gone": Break(
        file="apps/blog/migrations/0005_fill_post_slugs.py",
        old="RunPython(fill, empty)",
        new="RunPython(fill)",
        database="sqlite",
        red="migrations",
        said="irreversible: blog.0005_fill_post_slugs cannot be rolled back",
    ),
    "a reverse that forgets an index": Break(
        file=INDEXES,
        old="RunPython(create_full_text_index, drop_full_text_index)",
        new="RunPython(create_full_text_index, migrations.RunPython.noop)",
        database="postgresql-15",
        red="migrations",
        said="index blog_post_full_text_gin on blog_post is left over",
    ),
    "a vendor guard that is gone": Break(
        file=INDEXES,
        old='if schema_editor.connection.vendor == "postgresql":\n',
        new="if True:\n",
        database="sqlite",
        red="migrations",
        said="rollback-fails: Rolling back blog.0007_add_performance_indexes",
    ),
    "a column without a migration": Break(
        # The project's own tests open a page of every model, and turn red as well, rightly. With those of one
        # app alone it is the rehearsal that notices.
        file="apps/core/models.py",
        old="    payload = models.JSONField(default=dict)\n",
        new="    payload = models.JSONField(default=dict)\n    urgent = models.BooleanField(default=False)\n",
        database="sqlite",
        red="migrations",
        said="model-drift: The models of core have changes without a migration: + Add field urgent",
        flags=("--tests", f"{sys.executable} manage.py test tests.test_models.BlogModels"),
    ),
    "a dump that is cut off": Break(
        file="manage.py",
        old="",
        new="",
        database="postgresql-15",
        red="backup-verification",
        said="the dump cannot be restored: pg_restore ended with status 1",
        flags=("--dump-command", "sh -c 'pg_dump -Fc | head -c 20000'"),
    ),
}


@pytest.mark.workflows
@pytest.mark.parametrize("name", BREAKS)
def test_exactly_the_right_check_turns_red(tmp_path: Path, name: str) -> None:
    """all-checks fails, the row of the check that is meant says why, and every other row has passed."""
    broken = BREAKS[name]
    project = Path(shutil.copytree(EXAMPLE, tmp_path / "example", ignore=UNUSED))
    file = project / broken.file
    text = file.read_text()
    assert broken.old in text, f"{broken.file} has changed: say anew what is to be broken"
    file.write_text(text.replace(broken.old, broken.new, 1) if broken.old else text)
    words = [sys.executable, "-m", "django_switchback", "all-checks", "--database", broken.database]
    words += ["--project", str(project), "--app", "blog", "--last", "6", "--quiet", *broken.flags]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    rows = dict(re.findall(r"^([a-z-]+) +[a-z0-9-]+ +(passed|FAILED|NOT RUN) ", done.stdout, re.MULTILINE))
    assert rows == {
        check: "FAILED" if check == broken.red else "passed"
        for check in ("tests", "migrations", "performance", "backup-verification")
    }, done.stdout
    assert broken.said in " ".join(done.stdout.split())
    assert done.returncode == 1
