"""Settings that do more than name values."""

from __future__ import annotations

from pathlib import Path

from .making import App, adds, chain, creates, project, switchback

ASKING = """
    from django.conf import settings as so_far

    ASKED = so_far.SECRET_KEY
    LATER = 3
"""
CHECKING = """
from django.conf import settings
from django.db import connection

assert settings.LATER == 3
assert "own.sqlite3" not in str(connection.settings_dict["NAME"])
"""


def test_settings_may_ask_django_while_they_are_loaded(tmp_path: Path) -> None:
    """They are whole in the end, and their databases are swapped for sandboxes."""
    creates_note = creates("Note", "text=models.TextField()")
    steps = chain(
        ("0001_initial", creates_note),
        ("0002_title", adds("note", "title=models.TextField(default='')")),
        app="notes",
    )
    app = App({name: f"{CHECKING}{text}" for name, text in steps.items()})
    folder = project(tmp_path / "shop", {"notes": app}, settings=ASKING)
    ran = switchback(folder)
    assert ran.verdicts() == {"notes.0001_initial": "passed", "notes.0002_title": "passed"}, ran.out + ran.err
    assert not (folder / "own.sqlite3").exists()
