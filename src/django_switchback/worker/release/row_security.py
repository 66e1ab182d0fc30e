"""Sends statements as a plain owner of a table: row security does not bind the role of a rehearsal."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot.interface import Schema

_ROLE = "pg_write_all_data"
"""A role of every server, which may write to all tables: a role of our own would be the whole server's."""
_IS_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
_SCHEMAS = """
SELECT string_agg(pg_catalog.quote_ident(n.nspname), ', ') FROM pg_catalog.pg_namespace n
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
_SECURED_TABLES = """
SELECT c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_class c
WHERE c.relrowsecurity AND pg_catalog.pg_get_userbyid(c.relowner) = current_user
"""


def tables_with_new_row_security(before: Schema, after: Schema) -> frozenset[str]:
    """Return the tables whose owner is bound by row security in ``after`` alone."""
    return frozenset(
        name
        for kind, name in after
        if kind == "table" and _binds_owner(after, name) and not _binds_owner(before, name)
    )


def _binds_owner(schema: Schema, table: str) -> bool:
    item = schema.get(("table", table))
    attributes = {} if item is None else item.attributes
    return attributes.get("row security") == attributes.get("forced row security") == "on"


def become_owner(connection: BaseDatabaseWrapper) -> None:
    """Send what follows in the transaction, which is to be rolled back, as a plain owner of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_SUPERUSER)
        if cursor.fetchone() != (True,):
            return
        cursor.execute(_SCHEMAS)
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {cursor.fetchone()[0]} TO {_ROLE}")
        cursor.execute(_SECURED_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} OWNER TO {_ROLE}")
        cursor.execute(f"SET LOCAL ROLE {_ROLE}")
