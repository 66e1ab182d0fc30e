"""Django's own receivers are spared where they would create nothing; what is there is the same without."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

MODELS = """
    from django.db import models


    class Book(models.Model):
        class Meta:
            app_label = "things"
            permissions = [("lend", "Can lend")]


    class Shelf(Book):
        class Meta:
            app_label = "things"
            proxy = True
            default_permissions = ("view",)


    class Note(models.Model):
        class Meta:
            app_label = "things"
            default_permissions = ()
"""
# One emission with the two spared, or as Django alone makes it; what was there before is ``BEFORE``'s doing.
SCRIPT = """
    import contextlib, json, sys

    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["things", "django.contrib.auth", "django.contrib.contenttypes"],
        DATABASES={{
            alias: {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
            for alias in ("default", "other")
        }},
    )
    django.setup()
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.models.signals import post_migrate

    from django_switchback.worker.migrate.signals import send_signals as signals
    from django_switchback.worker.migrate.project_state.rendering import StateRenderer

    call_command("migrate", verbosity=0, run_syncdb=True)
    if sys.argv[1] == "plain":
        signals.skip_when_complete = lambda *_: contextlib.nullcontext()
    state = MigrationLoader(connection).project_state()
    statements = []


    def note(execute, sql, *rest):
        statements.append(sql)
        return execute(sql, *rest)


    {before}
    error = ""
    with connection.execute_wrapper(note):
        try:
            signals.MigrateSignals("default", StateRenderer()).send_post_migrate(state, [])
        except (DatabaseError, LookupError) as raised:
            error = type(raised).__name__
    {after}
    types = ContentType.objects.values_list("app_label", "model")
    permissions = Permission.objects.values_list("content_type__model", "codename", "name")
    json.dump(
        {{
            "rows": [sorted(map(list, types)), sorted(map(list, permissions))],
            "error": error,
            "statements": len(statements),
            "sending": "send" in vars(post_migrate),
        }},
        sys.stdout,
    )
"""
DELETES = """
class Deletes:
    done = False

    def __call__(self, sender, **kwargs):
        if sender.label == "things" and not self.done:
            self.done = True
            ContentType.objects.filter(model="group").delete()

deletes = Deletes()
post_migrate.connect(deletes)
"""


@pytest.fixture
def emitted(tmp_path: Path) -> Any:
    """Return what one emission does, with the two spared and as Django alone makes it."""
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "__init__.py").touch()
    (tmp_path / "things" / "models.py").write_text(dedent(MODELS), encoding="utf-8")

    def both(before: str = "", after: str = "") -> tuple[Any, Any]:
        script = dedent(SCRIPT).format(before=dedent(before), after=dedent(after))
        (tmp_path / "emit.py").write_text(script, encoding="utf-8")
        return spoken(tmp_path, "spared"), spoken(tmp_path, "plain")

    return both


def spoken(folder: Path, word: str) -> Mapping[str, Any]:
    """Return what the script says."""
    done = subprocess.run(
        [sys.executable, "emit.py", word], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said: Mapping[str, Any] = json.loads(done.stdout)
    return said


def test_nothing_is_asked_twice(emitted: Any) -> None:
    """Where nothing is missing, two queries take the place of four for each app."""
    spared, plain = emitted()
    assert spared["rows"] == plain["rows"]
    assert ["things", "shelf"] in spared["rows"][0]
    assert ["book", "lend", "Can lend"] in spared["rows"][1]
    assert (spared["error"], spared["sending"]) == ("", False)
    assert spared["statements"] == 3  # one begins the transaction
    assert plain["statements"] == 12


@pytest.mark.parametrize(
    "before",
    [
        "Permission.objects.filter(codename='lend').delete()",
        "Permission.objects.filter(codename='view_shelf').delete()",
        "ContentType.objects.filter(model='shelf').delete()",
        "ContentType.objects.filter(model='note').delete()",
        "ContentType.objects.filter(app_label='auth').delete()",
        "Permission.objects.all().delete()",
        "ContentType.objects.all().delete()",
        "Permission.objects.filter(codename='lend').update(name='Lend it')",
        "Permission.objects.filter(codename='lend').update(content_type=ContentType.objects.get(model='shelf'))",
    ],
)
def test_what_is_missing_is_created(emitted: Any, before: str) -> None:
    """Whatever is gone comes back as it does without; a name that was changed stays, as it does without."""
    spared, plain = emitted(before)
    assert spared["rows"] == plain["rows"]
    assert len(spared["rows"][0]) == 7
    assert spared["error"] == ""


def test_what_others_take_away_is_created(emitted: Any) -> None:
    """A receiver of the project's may write at any time: what was read before does not count then."""
    spared, plain = emitted(DELETES)
    assert spared["rows"] == plain["rows"]
    assert ["auth", "group"] in spared["rows"][0]


def test_who_listens_is_called(emitted: Any) -> None:
    """The receivers of a project are called for each app, whatever becomes of Django's own two."""
    listens = "heard = []\npost_migrate.connect(lambda sender, **_: heard.append(sender.label), weak=False)"
    spared, plain = emitted(listens, after="error = ' '.join(heard)")
    assert spared["error"] == plain["error"] == "things auth contenttypes"


UNHASHABLE = """
class Heard:
    times = 0

    def __eq__(self, other):
        return True

    def __call__(self, **kwargs):
        self.times += 1

heard = Heard()
post_migrate.connect(heard, weak=False)
"""
MIGRATED = "call_command('migrate', database='other', verbosity=0)"
NESTED = """
def nested(sender, **kwargs):
    if kwargs["using"] == "default" and sender.label == "things":
        {act}

{before}
post_migrate.connect(nested, weak=False)
"""


def test_any_receiver_that_django_takes(emitted: Any) -> None:
    """Django tells receivers apart by what they are, and never asks whether two are equal."""
    spared, plain = emitted(UNHASHABLE, after="error = str(heard.times)")
    assert spared["error"] == plain["error"] == "3"


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ("", MIGRATED),
        (
            f"{MIGRATED}; ContentType.objects.using('other').all().delete()",
            "post_migrate.send(sender, app_config=sender, using='other', apps=kwargs['apps'], verbosity=0)",
        ),
    ],
)
def test_another_database_is_another_matter(emitted: Any, before: str, act: str) -> None:
    """A receiver that migrates it, or says so, finds that its content types and permissions are created."""
    after = "error = str([kind.objects.using('other').count() for kind in (ContentType, Permission)])"
    spared, plain = emitted(NESTED.format(before=before, act=act), after=after)
    assert spared["error"] == plain["error"]
    assert spared["error"] != "[0, 0]"


def test_who_does_not_listen_is_not_called(emitted: Any) -> None:
    """A project may have disconnected Django's receivers."""
    uid = "dispatch_uid='django.contrib.auth.management.create_permissions'"
    spared, plain = emitted(f"Permission.objects.all().delete()\npost_migrate.disconnect({uid})")
    assert spared["rows"] == plain["rows"]
    assert spared["rows"][1] == []


@pytest.mark.parametrize(
    ("table", "column"), [("django_content_type", "model"), ("auth_permission", "codename")]
)
def test_what_cannot_be_read_is_said(emitted: Any, table: str, column: str) -> None:
    """Receivers that meet a table which is not as its model says raise as ever."""
    rename = "connection.cursor().execute('ALTER TABLE {} RENAME COLUMN {} TO {}')"
    spared, plain = emitted(
        rename.format(table, column, "other"), after=rename.format(table, "other", column)
    )
    assert spared["error"] == plain["error"] == "OperationalError"
    assert spared["sending"] is False


@pytest.mark.parametrize(("apart", "asks"), [("label != 'auth'", True), ("False", False)])
def test_where_they_may_not_migrate(emitted: Any, apart: str, asks: bool) -> None:
    """A router that keeps permissions out of a database is heard, and nothing is asked of that for them."""
    router = f"type('Router', (), {{'allow_migrate': lambda self, db, label, **_: {apart}}})()"
    spared, plain = emitted(
        "ContentType.objects.filter(model='book').delete()\n"
        "from django.db import router\n"
        f"router.routers = [{router}]\n"
    )
    assert spared["rows"] == plain["rows"]
    assert spared["statements"] == plain["statements"]
    assert bool(plain["statements"]) is asks
    assert not [item for item in spared["rows"][1] if item[0] == "book"]
