"""What must never happen: a statement on a database that is not ours, a secret told, a text that acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from .making import App, Ran, creates, migration, project, switchback

FAILS = """
def nothing(apps, editor):
    pass


def fails(apps, editor):
    raise RuntimeError("on purpose")
"""

INSISTING = {
    "names-its-settings": """
        import os, sys
        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            from django.core.management import execute_from_command_line
            execute_from_command_line(sys.argv)
    """,
    "sets-django-up": """
        import os, sys
        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            import django
            from django.conf import settings
            from django.core.management import execute_from_command_line
            django.setup()
            assert settings.DATABASES
            execute_from_command_line(sys.argv)
    """,
}


def failing() -> App:
    """Return an app whose newest migration fails in both directions, so that plain Django is asked too."""
    return App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_back": migration(
                "migrations.RunPython(nothing, fails)", after=[("things", "0001_initial")], head=FAILS
            ),
            "0003_forth": migration(
                "migrations.RunPython(fails, nothing)", after=[("things", "0002_back")], head=FAILS
            ),
        },
        models="class Thing(models.Model): pass",
    )


def test_own_file_is_left_alone(tmp_path: Path) -> None:
    """The SQLite file that settings name themselves is neither written nor made anew."""
    content = b"whatever is in here is nobody's business but the project's"
    folder = project(tmp_path / "p", {"things": failing()})
    own = folder / "own.sqlite3"
    own.write_bytes(content)
    before = own.stat()
    assert confirmed(switchback(folder))
    assert own.read_bytes() == content
    assert own.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("manage", INSISTING)
def test_manage_that_insists_on_its_settings(tmp_path: Path, manage: str) -> None:
    """A manage.py that names its settings whatever the environment says gets at no database of theirs."""
    folder = project(tmp_path / "p", {"things": failing()}, manage=INSISTING[manage])
    assert confirmed(switchback(folder, "--settings", "settings"))
    assert not (folder / "own.sqlite3").exists()


def confirmed(ran: Ran) -> bool:
    """Tell whether plain Django was asked about both failures, and agreed."""
    found = [
        finding
        for name in ("things.0002_back", "things.0003_forth")
        for finding in ran.entry(name)["findings"]
        if finding["severity"] == "error"
    ]
    return {finding["rule"] for finding in found} == {"rollback-fails", "forward-fails"} and all(
        finding["confirmed"] for finding in found
    )
