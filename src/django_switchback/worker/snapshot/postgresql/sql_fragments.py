"""Pieces of SQL that the catalogue's queries share.

Every query answers with what :func:`head` names, then one column of text for each attribute, null where the
attribute has its default value. Comments and grants are left out: most objects have none, and asking for each
costs more than all the rest.
"""

from __future__ import annotations

NAMESPACES = """(
    SELECT oid, nspname, nspowner,
           CASE WHEN nspname = current_schema() THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)"""
"""The schemas that are not the system's; ``prefix`` goes before the names of what they hold."""


FIRST_NORMAL_OID = 16384
"""Below it is only what initdb made."""


def prefix(table: str, namespace: str = "n") -> str:
    """Return what goes before a table's name, and those of its parts: its schema if it is not visible.

    Unlike the first schema of the search path, which a migration may create, it never changes for a table.
    """
    return f"CASE WHEN pg_table_is_visible({table}.oid) THEN '' ELSE {namespace}.nspname || '.' END"


def head(
    oid: str, name: str, table: str = "NULL", parts: str = "NULL", number: str = "0", refers: str = "NULL"
) -> str:
    """Return the columns that say which object a row is about.

    ``oid`` and ``number`` are how comments and grants refer to it; ``parts`` and ``refers`` are arrays of
    text.
    """
    return (
        f'{name} AS name, {table} AS "table", {parts} AS parts, {refers} AS refers, {oid} AS oid,'
        f" {number} AS number"
    )


def own(catalogue: str, oid: str) -> str:
    """Return the condition that the object belongs to no extension."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend WHERE classid = '{catalogue}'::regclass"
        f" AND objid = {oid} AND deptype = 'e')"
    )


def owner(column: str) -> str:
    """Return the attribute ``owner``."""
    return f'pg_get_userbyid({column})::text AS "owner"'
