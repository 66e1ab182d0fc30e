"""Settings that do more than name values."""

from __future__ import annotations

from pathlib import Path

from django_switchback.evidence import ModelsDrifted
from integration.making import App, adds, chain, creates, project, simple, switchback, write

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


DYNACONF = """
    import dynaconf

    MEDIA_ROOT = "own media"
    settings = dynaconf.DjangoDynaconf(__name__)
"""
CHECKING_DYNACONF = """
import dynaconf
from django.conf import settings

assert isinstance(settings, dynaconf.LazySettings)
assert "own.sqlite3" not in str(settings.DATABASES["default"]["NAME"])
assert settings.MEDIA_ROOT != "own media"
"""


def test_settings_may_replace_those_of_django(tmp_path: Path) -> None:
    """The object in place of ``django.conf.settings`` has the sandboxes, in plain Django too."""
    steps = chain(
        ("0001_initial", creates("Note", "text=models.TextField()")),
        ("0002_bad", "migrations.RunSQL('SELECT 1', 'SELECT no_such_column')"),
        app="notes",
    )
    app = App({name: f"{CHECKING_DYNACONF}{text}" for name, text in steps.items()})
    folder = project(tmp_path / "shop", {"notes": app}, settings=DYNACONF)
    ran = switchback(folder)
    found = ran.entry("notes.0002_bad")["findings"]
    assert ("rollback-fails", True) in {(each["rule"], each["confirmed"]) for each in found}, ran.err
    assert ran.verdicts()["notes.0001_initial"] == "passed"
    assert not (folder / "own.sqlite3").exists()


OWN = """
    from django.core.management.commands.makemigrations import Command as Parent
    from django.db import models


    class Command(Parent):
        def handle(self, *args, **options):
            whole = models.Field.deconstruct

            def less(field):
                name, path, args, kwargs = whole(field)
                kwargs.pop("help_text", None)
                return name, path, args, kwargs

            models.Field.deconstruct = less
            return super().handle(*args, **options)
"""


def test_a_makemigrations_of_the_project_has_the_last_word(tmp_path: Path) -> None:
    """What it leaves out on purpose once it runs is no drift; what it would write is."""
    models = """
        class Note(models.Model):
            text = models.TextField(help_text="Anything")
            more = models.TextField(help_text="Anything")
    """
    creates_note = creates("Note", "text=models.TextField()", "more=models.TextField()")
    steps = chain(("0001_initial", creates_note), app="notes")
    folder = project(tmp_path / "shop", {"notes": App(steps, models)})
    assert drifts(folder) == ["~ Alter field more on note", "~ Alter field text on note"]
    write(folder, {"notes/management/commands/makemigrations.py": OWN})
    assert drifts(folder) == []
    models_file = folder / "notes" / "models.py"
    models_file.write_text(
        models_file.read_text().replace("text = models.TextField(", "text = models.TextField(null=True, ")
    )
    assert drifts(folder) == ["~ Alter field text on note"]


def drifts(folder: Path) -> list[str]:
    """Return the changes that no migration has."""
    return [change for item in switchback(folder).of(ModelsDrifted) for change in item.operations]


HOLDING = """
    import threading

    def hold():
        from django.db import connections
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        threading.Event().wait()

    threading.Thread(target=hold, daemon=True).start()
"""


def test_a_thread_of_the_settings_may_hold_a_connection(tmp_path: Path) -> None:
    """Its connection to the sandbox is ended before that is cloned, and no verdict depends on it."""
    folder = project(tmp_path / "shop", {"things": simple("things")}, settings=HOLDING)
    ran = switchback(folder, databases=("postgresql-15",))
    assert set(ran.verdicts().values()) == {"passed"}, ran.out + ran.err
    assert ran.status == 0
