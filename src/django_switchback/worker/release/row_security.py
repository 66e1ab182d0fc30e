"""Sends statements as a plain owner of a table: row security does not bind the role of a rehearsal."""

from __future__ import annotations

import os

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.table_layout import quote_identifier

_ROLE = f"switchback_owner_{os.getpid()}"
_IS_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"


def tables_with_new_row_security(before: Schema, after: Schema) -> dict[str, str]:
    """Return the tables, quoted for SQL by name, whose owner is bound by row security in ``after`` alone."""
    return {
        name: ".".join(map(quote_identifier, item.parts))
        for (kind, name), item in after.items()
        if kind == "table" and _binds_owner(after, name) and not _binds_owner(before, name)
    }


def _binds_owner(schema: Schema, table: str) -> bool:
    item = schema.get(("table", table))
    attributes = {} if item is None else item.attributes
    return attributes.get("row security") == attributes.get("forced row security") == "on"


def become_owner(connection: BaseDatabaseWrapper, table: str) -> None:
    """Send what follows in the transaction, which is to be rolled back, as a plain owner of ``table``."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_SUPERUSER)
        if cursor.fetchone() != (True,):
            return
        cursor.execute(f"CREATE ROLE {_ROLE}")
        cursor.execute(f"GRANT pg_read_all_data, pg_write_all_data TO {_ROLE}")
        cursor.execute(f"ALTER TABLE {table} OWNER TO {_ROLE}")
        cursor.execute(f"SET LOCAL ROLE {_ROLE}")
