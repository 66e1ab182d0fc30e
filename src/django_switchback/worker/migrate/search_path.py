"""Creates the schema that the project's search path names, where its database administrator would have."""

from __future__ import annotations

import re

from django.db.backends.base.base import BaseDatabaseWrapper

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^\s,"]+))\s*(?:,|$)')


def create_default_schema(connection: BaseDatabaseWrapper) -> None:
    """Create the first schema of the search path if the database has none of them.

    Without one, ``migrate`` fails before its first migration, so that no migration can be meant to create it.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_setting('search_path')")
        existing, path = cursor.fetchone()
        names = [quoted.replace('""', '"') or plain.lower() for quoted, plain in _NAME.findall(path)]
        missing = [name for name in names if name != "$user"]
        if existing is None and missing:
            cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(missing[0])}")
