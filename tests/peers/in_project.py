"""Runs inside a project: SQL of its targets for squawk, and pytest-mrt's own check of each target.

Collected by pytest with the plugin of pytest-mrt; what is asked for is in ``SUBJECTS``, a JSON file, and what
was found goes to ``FOUND``, a file of JSON lines.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

SUBJECTS = json.loads(Path(os.environ["SUBJECTS"]).read_text(encoding="utf-8"))
FOUND = Path(os.environ["FOUND"])
UNABLE = Path(os.environ["UNABLE"])


def fresh(app: str, previous: str) -> bool:
    """Empty the database, migrate ``app`` to what is before its target, and return whether that worked."""
    from django.core.management import call_command
    from django.db import connections

    connections["default"].close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    try:
        call_command("migrate", app, previous, verbosity=0)
    except Exception as error:
        with UNABLE.open("a", encoding="utf-8") as file:
            file.write(json.dumps([app, f"migrate {app} {previous}: {error}"]) + "\n")
        return False
    return True


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject["app"])
def test_cycle(mrt: Any, subject: dict[str, str]) -> None:
    """Write down what ``check_migration`` says of the target."""
    if not fresh(subject["app"], subject["previous"]):
        return
    result = mrt.check_migration(subject["app"], subject["target"])
    told = {"app": subject["app"], "failures": result.failures, "static": static(subject)}
    with FOUND.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")


def static(subject: dict[str, str]) -> list[tuple[str, str]]:
    """Return rule and severity of what ``mrt check`` says of the target's file."""
    from pytest_mrt.cli import app  # type: ignore[import-not-found] # installed in the session only
    from typer.testing import CliRunner  # type: ignore[import-not-found] # as above

    words = ["check", f"{subject['app']}/migrations", "--check-compat", "--format", "json"]
    found = json.loads(CliRunner().invoke(app, words).stdout)["findings"]
    return [
        (entry["rule"], entry["severity"]) for entry in found if entry["file"] == f"{subject['target']}.py"
    ]


def write_statements() -> None:
    """Write what ``sqlmigrate`` shows of each target into a file of its own, named after the app."""
    import django
    from django.core.management import call_command

    django.setup()
    for subject in SUBJECTS:
        if not fresh(subject["app"], subject["previous"]):
            continue
        with (FOUND / f"{subject['app']}.sql").open("w", encoding="utf-8") as file:
            call_command("sqlmigrate", subject["app"], subject["target"], stdout=file, no_color=True)


if __name__ == "__main__":
    write_statements()
