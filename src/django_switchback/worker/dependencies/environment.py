"""Fingerprints what a whole run depends on: interpreter, distributions, settings and database server."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.redaction import Redactor, secrets_in_mapping

_VARIABLES = ("TZ", "LANG", "LANGUAGE", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONUTF8")
_ADDRESS = ("NAME", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS", "SERVICE")
"""Keys of ``DATABASES`` that name the sandbox, which is another one in each run."""
_PROGRAM = Path(__file__).resolve().parents[2]
"""The package of this program, which may be a checkout that changes without another version."""
_AT = re.compile(r" at 0x[0-9a-fA-F]+")
_SERVER_QUERIES = (
    "SELECT version()",
    "SELECT name || ' ' || version FROM pg_available_extension_versions ORDER BY 1",
    "SELECT extname || ' ' || extversion FROM pg_extension ORDER BY 1",
    r"SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|switchback)' ORDER BY 1",
    """SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1""",
    """SELECT nspname || '.' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1""",
    """SELECT pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || datctype FROM pg_database
    WHERE datname = current_database()""",
    """SELECT name || '=' || setting FROM pg_settings WHERE name !~ 'director|_file|port|log|cluster_name'
    AND name !~ 'application_name|listen|shared_memory|huge_page|stats_temp' ORDER BY 1""",
)
"""Queries on an empty sandbox; what differs in each start of a server is left out."""


def interpreter_facts() -> Iterator[str]:
    """Yield what identifies Python, the machine's kind, this program, and the installed distributions."""
    for file in sorted(_PROGRAM.rglob("*.py")):
        yield hashlib.sha256(file.read_bytes()).hexdigest()
    yield from (sys.version, platform.system(), platform.machine(), sqlite3.sqlite_version)
    yield from (f"{name}={os.environ.get(name)}" for name in _VARIABLES)
    yield from (f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("LC_"))
    places = dict.fromkeys(Path(place or ".") for place in sys.path)
    yield from sorted(found.name for place in places for found in place.glob("*.dist-info"))
    yield from sorted(found.name for place in places for found in place.glob("*.egg-info"))


def settings_facts(run_folder: str) -> Iterator[str]:
    """Yield the settings as text, without their secrets and without the run's own folder and databases."""
    values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    values["DATABASES"] = {
        alias: {key: value for key, value in database.items() if key not in _ADDRESS}
        for alias, database in settings.DATABASES.items()
    }
    redactor = Redactor(tuple(secrets_in_mapping(values)))
    for name, value in sorted(values.items()):
        if not (name.startswith("SWITCHBACK_") or any(secrets_in_mapping({name: "a text"}))):
            yield redactor.text(f"{name}={_text(value)}").replace(run_folder, "RUN")


def server_facts(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Yield what identifies the server, its settings, and what an empty database on it holds."""
    yield connection.vendor
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for query in _SERVER_QUERIES:
            cursor.execute(query)
            yield from (str(row[0]) for row in cursor.fetchall())
    connection.close()


def _text(value: object) -> str:
    """Return ``value`` as text that is the same in each process."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_text, value))) + "}"
    return _AT.sub(
        "", f"{type(value).__qualname__} {value!r}" if not isinstance(value, str) else repr(str(value))
    )
