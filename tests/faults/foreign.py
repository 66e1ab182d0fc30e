"""Faults: settings, manage.py and migrations that reach for databases, files and processes of their own."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from .case import Case, Expectation, Make, Place, Seen
from .expectations import verdict
from .projects import acting, sound

_THEIRS = (
    "dict(ENGINE='django.db.backends.postgresql', NAME='team_shop', USER='team_maker', "
    "PASSWORD='Kein/Zutritt-4711', HOST='@SOCKET@', PORT='5432')"
)
_ADDRESS = "\"host='@SOCKET@' port=5432 user=team_maker password='Kein/Zutritt-4711' dbname=team_shop\""
_WRITES = "cursor.execute('CREATE TABLE was_here (id integer)')"
_USES_DJANGO = """
def touch():
    from django.db import connections
    with connections["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE was_here (id integer)")
"""
_manage_head = """
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
"""
_MANAGE_TAIL = """
if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
_FAILS: dict[str, Any] = {"back": "raise RuntimeError('on purpose')"}
"""So that plain ``manage.py`` is asked as well."""
_SERVER: dict[str, Any] = {"databases": ("{url}",), "server": "postgresql-15"}
_BY_URL: dict[str, Any] = {**_SERVER, "variables": {"DATABASE_URL": "{url}"}}


def _theirs(more: str = "") -> str:
    return f"DATABASES = {{'default': {_THEIRS}}}\n{dedent(more)}"


def _case(name: str, project: Make, *expects: Expectation, status: tuple[int, ...], **more: Any) -> Case:
    return Case(name=name, project=project, status=status, expects=expects, **more)


_SETTINGS_ACTS = {
    "use Django's connection": f"{_USES_DJANGO}touch()",
    "use Django's connection in a thread": f"{_USES_DJANGO}import threading\nthreading.Thread(target=touch).start()",
    "open a connection and leave it open": "from django.db import connections\nconnections['default'].ensure_connection()",
}

SETTINGS = (
    *(
        _case(
            f"settings {said}, {where}",
            sound(settings=(_theirs() if more else "") + act),
            status=(0, 2),
            **more,
        )
        for said, act in _SETTINGS_ACTS.items()
        for where, more in (("server by URL", _SERVER), ("SQLite", {}))
    ),
    _case(
        "an app's ready uses Django's connection",
        sound(
            settings=_theirs() + "import threading\nimport django.apps.registry as registry\n"
            "populate = registry.Apps.populate\n"
            "def noisy(self, *args, **kwargs):\n"
            "    populate(self, *args, **kwargs)\n"
            "    from django.db import connections\n"
            "    connections['default'].cursor().execute('CREATE TABLE was_here (id integer)')\n"
            "registry.Apps.populate = noisy\n"
        ),
        status=(0, 2),
        **_SERVER,
    ),
    _case(
        "settings make a handler of their own",
        sound(
            settings=f"from django.db.utils import ConnectionHandler\nown = {_THEIRS}\n"
            "ConnectionHandler({'default': own})['default'].cursor().execute('CREATE TABLE was_here (id integer)')\n"
        ),
        status=(0, 2),
        **_SERVER,
    ),
    _case(
        "settings read DATABASE_URL",
        sound(settings="import dj_database_url\nDATABASES = {'default': dj_database_url.config()}\n"),
        verdict("things", "passed"),
        status=(0,),
        **_BY_URL,
    ),
    _case(
        "settings name another database by PG variables",
        sound(
            settings="DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'team_shop'}}"
        ),
        verdict("things", "passed"),
        status=(0,),
        **{
            **_SERVER,
            "variables": {
                "PGHOST": "{socket}",
                "PGPORT": "5432",
                "PGUSER": "team_maker",
                "PGPASSWORD": "Kein/Zutritt-4711",
                "PGDATABASE": "team_shop",
            },
        },
    ),
    _case(
        "a service file names another server",
        sound(
            settings="DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', "
            "'OPTIONS': {'service': 'theirs'}}}\n"
        ),
        verdict("things", "passed"),
        status=(0,),
        **{**_SERVER, "variables": {"PGSERVICE": "theirs"}},
    ),
)

_WAITS_FOR = """
import psycopg
url = os.environ.get("DATABASE_URL")
if url:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS was_here (id integer)")
"""
_DOTENV = """
from dotenv import load_dotenv
load_dotenv(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".env"), override=True)
"""


def _dotenv(place: Place) -> None:
    (place.project / ".env").write_text(f"DATABASE_URL={place.server.url()}\n")


_failed = verdict("things.0002_acts", "failed")

MANAGE = (
    _case(
        "manage.py waits for the database in DATABASE_URL",
        acting(**_FAILS, manage=_manage_head + _WAITS_FOR + _MANAGE_TAIL),
        _failed,
        status=(1,),
        **_BY_URL,
    ),
    _case(
        "manage.py waits for the database in another variable",
        acting(**_FAILS, manage=_manage_head + _WAITS_FOR.replace("DATABASE_URL", "SHOP_DB") + _MANAGE_TAIL),
        _failed,
        status=(1,),
        **{**_SERVER, "variables": {"SHOP_DB": "{url}"}},
    ),
    _case(
        "manage.py waits for the database in PG variables",
        acting(
            **_FAILS,
            manage=_manage_head
            + _WAITS_FOR.replace('os.environ.get("DATABASE_URL")', '""').replace(
                "if url:", "if os.environ.get('PGHOST'):"
            )
            + _MANAGE_TAIL,
        ),
        _failed,
        status=(1,),
        **{
            **_SERVER,
            "variables": {
                "PGHOST": "{socket}",
                "PGPORT": "5432",
                "PGUSER": "team_maker",
                "PGPASSWORD": "Kein/Zutritt-4711",
                "PGDATABASE": "team_shop",
            },
        },
    ),
    _case(
        "manage.py loads .env over everything",
        acting(
            **_FAILS,
            manage=_manage_head + _DOTENV + _WAITS_FOR + _MANAGE_TAIL,
            settings="import dj_database_url\nDATABASES = {'default': dj_database_url.config()}\n",
        ),
        status=(1, 2, 3),
        **{
            **_SERVER,
            "prepare": _dotenv,
        },
    ),
    _case(
        "manage.py sets Django up and uses its connection",
        acting(
            **_FAILS,
            settings=_theirs(),
            manage=_manage_head
            + "import django\ndjango.setup()\nfrom django.db import connection\n"
            + "connection.cursor().execute('SELECT 1')\n"
            + _MANAGE_TAIL,
        ),
        status=(1, 2),
        **_SERVER,
    ),
)


def _superuser(place: Place) -> None:
    place.server.ask("ALTER ROLE team_maker SUPERUSER")


def _in_migration(
    name: str, act: str, *expects: Expectation, status: tuple[int, ...] = (1,), **more: Any
) -> Case:
    head = more.pop("head", "")
    settings = more.pop("settings", "")
    return _case(
        f"a migration {name}",
        acting(act, head=head, settings=settings),
        verdict("others", "passed"),
        *expects,
        status=status,
        **more,
    )


_HANDLER = "from django.db.utils import ConnectionHandler\n"

MIGRATIONS = (
    _in_migration(
        "connects elsewhere through Django",
        f"ConnectionHandler({{'default': {_THEIRS}}})['default'].cursor().execute('CREATE TABLE x (i int)')",
        _failed,
        head=_HANDLER,
        **_SERVER,
    ),
    _in_migration(
        "opens the project's SQLite file through Django",
        "ConnectionHandler({'default': dict(ENGINE='django.db.backends.sqlite3', NAME='@OWN@')})"
        "['default'].cursor().execute('CREATE TABLE x (i int)')",
        _failed,
        head=_HANDLER,
    ),
    _in_migration(
        "changes the settings of its connection and connects again",
        f"other = editor.connection.copy('other')\nother.settings_dict = {{**other.settings_dict, **{_THEIRS}}}\n"
        "other.cursor().execute('CREATE TABLE x (i int)')",
        _failed,
        **_SERVER,
    ),
    _in_migration(
        "attaches the project's SQLite file",
        "cursor.execute(\"ATTACH '@OWN@' AS own\")\ncursor.execute('CREATE TABLE own.x (i int)')",
        _failed,
    ),
    _in_migration(
        "attaches a database in memory",
        "cursor.execute(\"ATTACH ':memory:' AS m\")\ncursor.execute('DETACH m')",
        verdict("things.0002_acts", "passed"),
        status=(0,),
    ),
    _case(
        "a migration runs VACUUM, which attaches a file without a name",
        acting("cursor.execute('VACUUM')", attributes="atomic = False"),
        verdict("things", "passed"),
        verdict("others", "passed"),
        status=(0,),
    ),
    _in_migration(
        "vacuums into a file of its own",
        "editor.connection.connection.rollback()\ncursor.execute(\"VACUUM INTO '@ROOT@/copy.sqlite3'\")",
        verdict("things.0002_acts", "failed"),
    ),
    _in_migration(
        "uses dblink to the database in the URL",
        "cursor.execute('CREATE EXTENSION IF NOT EXISTS dblink')\n"
        f"cursor.execute('SELECT dblink_exec(%s, %s)', [{_ADDRESS}, 'CREATE TABLE x (i int)'])",
        verdict("things.0002_acts", "failed"),
        **_SERVER,
        prepare=_superuser,
    ),
    _in_migration(
        "uses postgres_fdw to the database in the URL",
        "cursor.execute('CREATE EXTENSION IF NOT EXISTS postgres_fdw')\n"
        "cursor.execute(\"CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '@SOCKET@', "
        "port '5432', dbname 'team_shop')\")\n"
        "cursor.execute(\"CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'team_maker', "
        "password 'Kein/Zutritt-4711')\")\n"
        "cursor.execute('CREATE FOREIGN TABLE far (word text) SERVER s OPTIONS (table_name $$kept$$)')\n"
        "cursor.execute(\"INSERT INTO far VALUES ('was here')\")",
        verdict("things.0002_acts", "failed"),
        **_SERVER,
        prepare=_superuser,
    ),
)


def _nothing_outside(*names: str) -> Expectation:
    def broken(seen: Seen) -> str:
        found = [name for name in names if name in seen.beside]
        return f"written outside: {found}" if found else ""

    return Expectation("nothing is written outside", broken)


_FILES = (
    "from django.core.files.storage import default_storage\nfrom django.core.files.base import ContentFile\n"
)

REPLACED = (
    _in_migration(
        "stores files",
        "default_storage.save('a/b.txt', ContentFile(b'x'))\n"
        "assert default_storage.open(default_storage.listdir('a') and 'a/b.txt').read() == b'x'",
        _nothing_outside("media"),
        head=_FILES,
        settings="MEDIA_ROOT = '@ROOT@/media'",
        status=(0, 1),
    ),
    _in_migration(
        "sends mail",
        "send_mail('s', 'b', 'a@example.org', ['b@example.org'])",
        verdict("things.0002_acts", "passed"),
        _nothing_outside("mail"),
        head="from django.core.mail import send_mail",
        settings="EMAIL_BACKEND = 'django.core.mail.backends.filebased.EmailBackend'\n"
        "EMAIL_FILE_PATH = '@ROOT@/mail'",
        status=(0,),
    ),
    _in_migration(
        "writes to the cache",
        "cache.set('a', 1)\nassert cache.get('a') == 1",
        verdict("things.0002_acts", "passed"),
        _nothing_outside("cache"),
        head="from django.core.cache import cache",
        settings="CACHES = {'default': {'BACKEND': 'django.core.cache.backends.filebased.FileBasedCache', "
        "'LOCATION': '@ROOT@/cache'}}",
        status=(0,),
    ),
    _in_migration(
        "uses what only the real cache has",
        "cache.delete_pattern('a*')",
        head="from django.core.cache import cache",
        settings="import types, sys\nfrom django.core.cache.backends.locmem import LocMemCache\n"
        "class Real(LocMemCache):\n    def delete_pattern(self, pattern): return 0\n"
        "CACHES = {'default': {'BACKEND': 'settings.Real', 'LOCATION': 'x'}}",
        status=(0, 1),
    ),
)


def _told_or_refused(seen: Seen) -> str:
    told = any(finding["rule"] == "touched-elsewhere" for finding in seen.findings())
    refused = not seen.changed and any(
        entry["verdict"] == "failed" for entry in seen.entries("things.0002_acts")
    )
    return "" if told or refused else "neither refused nor told"


_touched = Expectation("touched-elsewhere, or refused and nothing changed", _told_or_refused)

DETECTED = (
    _in_migration(
        "opens the project's SQLite file by sqlite3",
        "import sqlite3\nwith sqlite3.connect('@OWN@') as c: c.execute('INSERT INTO kept VALUES (1)')\nc.close()",
        _touched,
        status=(0, 1),
        foreign=True,
    ),
    _in_migration(
        "connects to the database in the URL by psycopg",
        f"import psycopg\nwith psycopg.connect({_ADDRESS}) as c: c.execute('CREATE TABLE x (i int)')\nc.close()",
        _touched,
        status=(0, 1),
        foreign=True,
        **_SERVER,
    ),
    _in_migration(
        "starts a program with an address of its own",
        "import subprocess\nsubprocess.run([sys.executable, '-c', \"import sqlite3; "
        "c = sqlite3.connect('@OWN@'); c.execute('INSERT INTO kept VALUES (2)'); c.commit()\"], check=True)",
        _touched,
        status=(0, 1),
        foreign=True,
    ),
    _in_migration(
        "opens a network connection",
        "import socket\ns = socket.socket()\ns.settimeout(1)\n"
        "try: s.connect(('127.0.0.1', 9))\nexcept OSError: pass\ns.close()",
        _touched,
        status=(0, 1),
    ),
    _in_migration("starts a shell", "os.system('true')", _touched, status=(0, 1)),
)

CASES = (*SETTINGS, *MANAGE, *MIGRATIONS, *REPLACED, *DETECTED)
