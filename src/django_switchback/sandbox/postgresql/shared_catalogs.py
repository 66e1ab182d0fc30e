"""Read and write the server-wide objects (roles, memberships, settings) in PostgreSQL's shared catalogs.

Only used on a server that the run started, as its superuser. The catalogs are written directly: ``DROP ROLE``
fails while any other database refers to the role, and each sandbox should see only its own objects.
"""

from __future__ import annotations

import time
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

_OID_PLACEHOLDER = 4294967295
"""Placeholder for the sandbox's oid in a saved state: a clone of the sandbox has another oid."""
_PARAMETERS_SINCE = 15

_AUTHID: LiteralString = "SELECT * FROM pg_catalog.pg_authid"
_MEMBERS: LiteralString = "SELECT * FROM pg_catalog.pg_auth_members"
_SETTINGS: LiteralString = """
SELECT CASE setdatabase WHEN {oid} THEN {own} ELSE setdatabase END::oid AS setdatabase, setrole, setconfig
FROM pg_catalog.pg_db_role_setting WHERE setdatabase IN (0, {oid})"""
_COMMENTS: LiteralString = """
SELECT * FROM pg_catalog.pg_shdescription WHERE classoid <> 'pg_catalog.pg_database'::regclass"""
_PARAMETERS: LiteralString = "SELECT * FROM pg_catalog.pg_parameter_acl"
_DEPENDENCIES: LiteralString = """
SELECT CASE dbid WHEN {oid} THEN {own} ELSE dbid END::oid AS dbid, classid,
       CASE WHEN classid = 'pg_catalog.pg_database'::regclass THEN {own} ELSE objid END::oid AS objid,
       objsubid, refclassid, refobjid, deptype
FROM pg_catalog.pg_shdepend
WHERE refclassid = 'pg_catalog.pg_authid'::regclass AND deptype <> 'p'
  AND (dbid = {oid} OR dbid = 0 AND (classid <> 'pg_catalog.pg_database'::regclass OR objid = {oid}))"""

_CATALOGS: dict[LiteralString, LiteralString] = {
    "pg_authid": _AUTHID,
    "pg_auth_members": _MEMBERS,
    "pg_db_role_setting": _SETTINGS,
    "pg_shdescription": _COMMENTS,
    "pg_parameter_acl": _PARAMETERS,
    "pg_shdepend": _DEPENDENCIES,
}
_UNCHANGED_ROWS: dict[LiteralString, LiteralString] = {
    "pg_shdescription": "classoid = 'pg_catalog.pg_database'::regclass",
    "pg_shdepend": "refclassid <> 'pg_catalog.pg_authid'::regclass OR deptype = 'p'",
}
"""The rows of a catalog that are neither saved nor changed."""

_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Parameters whose value is already a list of quoted words (``variable_is_guc_list_quote`` in pg_dump)."""

_ROWS: LiteralString = "(SELECT coalesce(json_agg(r ORDER BY r::text), '[]') FROM ({query}) r)"
_GRANTS: LiteralString = (
    "(SELECT to_json(datacl::text[]) FROM pg_catalog.pg_database WHERE oid = {oid} AND datacl IS NOT NULL)"
)
# The parameters that ALTER SYSTEM wrote to postgresql.auto.conf; a parameter that was reset is not listed.
_SYSTEM: LiteralString = """
(SELECT coalesce(json_object_agg(name, setting ORDER BY name), '{{}}') FROM pg_catalog.pg_file_settings
 WHERE sourcefile LIKE '%/postgresql.auto.conf')"""
_FINGERPRINT: LiteralString = """
SELECT concat_ws(' ',
  (SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_authid r),
  (SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_auth_members r),
  (SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_db_role_setting r),
  (SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_tablespace r),
  (SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_shdescription r
   WHERE classoid <> 'pg_catalog.pg_database'::regclass),
  {parameters}
  md5(pg_catalog.pg_read_file('postgresql.auto.conf')))"""
_PARAMETERS_FINGERPRINT: LiteralString = (
    "(SELECT sum(hashtextextended(r::text, 0)) FROM pg_catalog.pg_parameter_acl r),"
)
_IN_EFFECT: LiteralString = (
    "SELECT 1 FROM pg_catalog.pg_settings WHERE sourcefile LIKE '%/postgresql.auto.conf' LIMIT 1"
)
_RELOAD_SECONDS = 2.0
_WRITE: LiteralString = """
WITH wanted AS MATERIALIZED (
    SELECT w.* FROM pg_catalog.json_populate_recordset(NULL::pg_catalog.{catalog}, {rows}::json) w),
gone AS (
    DELETE FROM pg_catalog.{catalog} c
    WHERE NOT ({unchanged}) AND NOT EXISTS (SELECT FROM wanted w WHERE w::text = c::text) RETURNING 1)
INSERT INTO pg_catalog.{catalog} SELECT w.* FROM wanted w
WHERE (SELECT count(*) FROM gone) >= 0
  AND NOT EXISTS (SELECT FROM pg_catalog.{catalog} c WHERE c::text = w::text)"""


def shared_catalogs_fingerprint(connection: psycopg.Connection[TupleRow]) -> str:
    """Return a hash that changes with the server-wide objects; cheaper than :func:`read_shared_catalogs`."""
    parameters = sql.SQL(_PARAMETERS_FINGERPRINT if _has_parameters(connection) else "")
    [(text,)] = connection.execute(_format(_FINGERPRINT, parameters=parameters)).fetchall()
    return str(text)


def read_shared_catalogs(connection: psycopg.Connection[TupleRow], database: str) -> str:
    """Return the server-wide objects, and the rows that link ``database`` to them, as JSON text.

    Equal objects give equal texts.
    """
    oid = _oid(connection, database)
    parts = [
        sql.SQL("{}, {}").format(sql.Literal(name), _format(_ROWS, query=_format(query, oid=oid)))
        for name, query in _catalogs(connection).items()
    ]
    parts.append(sql.SQL("'datacl', {}").format(_format(_GRANTS, oid=oid)))
    parts.append(sql.SQL("'system', {}").format(_format(_SYSTEM)))
    [(text,)] = connection.execute(
        sql.SQL("SELECT json_build_object({})::text").format(sql.SQL(", ").join(parts))
    ).fetchall()
    return str(text)


def write_shared_catalogs(connection: psycopg.Connection[TupleRow], database: str, state: str) -> None:
    """Restore the ``state`` that :func:`read_shared_catalogs` returned, with its links to ``database``.

    Afterwards pg_shdepend holds no reference of another database to any of these objects.
    """
    oid = _oid(connection, database)
    with connection.transaction():
        for name in _catalogs(connection):
            rows = sql.SQL("({}::json -> {})").format(_with_oid(state, oid), sql.Literal(name))
            unchanged = sql.SQL(_UNCHANGED_ROWS.get(name, "false"))
            connection.execute(_format(_WRITE, catalog=sql.Identifier(name), rows=rows, unchanged=unchanged))
        connection.execute(
            sql.SQL(
                "UPDATE pg_catalog.pg_database SET datacl = new.acl FROM (SELECT CASE "
                "WHEN json_typeof({state}::json -> 'datacl') = 'array' THEN ARRAY(SELECT "
                "json_array_elements_text({state}::json -> 'datacl'))::aclitem[] END AS acl) new "
                "WHERE oid = {oid} AND datacl::text IS DISTINCT FROM new.acl::text"
            ).format(state=sql.Literal(state), oid=oid)
        )
    _write_system(connection, state)


def _write_system(connection: psycopg.Connection[TupleRow], state: str) -> None:
    query: LiteralString = """
SELECT n.name, w.value FROM ({now}) AS s (now),
     LATERAL (SELECT json_object_keys(now) UNION SELECT json_object_keys({state}::json -> 'system')) n (name)
     LEFT JOIN json_each_text({state}::json -> 'system') w ON w.key = n.name
WHERE (now ->> n.name) IS DISTINCT FROM w.value"""
    changed = connection.execute(
        _format(query, now=sql.SQL("SELECT ") + _format(_SYSTEM), state=sql.Literal(state))
    ).fetchall()
    for name, value in changed:
        # The name of an extension's parameter has a dot; each part is a separate identifier.
        parameter = sql.Identifier(*str(name).split("."))
        if value is None:
            connection.execute(sql.SQL("ALTER SYSTEM RESET {}").format(parameter))
        else:
            # The value of a list was written by ALTER SYSTEM and is already quoted.
            quoted = sql.Literal(value) if name not in _LISTS else sql.SQL(value)
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(parameter, quoted))
    # ALTER SYSTEM is written but not reloaded, as a reload would affect every session of the server.
    if any(value is None for _, value in changed):
        _reload_configuration(connection)


def _reload_configuration(connection: psycopg.Connection[TupleRow]) -> None:
    """Reload the configuration if a parameter that was reset in ``postgresql.auto.conf`` is still in effect.

    Sessions read the file some time after the signal, so this waits: no other write may happen meanwhile.
    """
    if not connection.execute(_IN_EFFECT).fetchall():
        return
    connection.execute("SELECT pg_catalog.pg_reload_conf()")
    deadline = time.monotonic() + _RELOAD_SECONDS
    while connection.execute(_IN_EFFECT).fetchall() and time.monotonic() < deadline:
        time.sleep(0.01)


def _catalogs(connection: psycopg.Connection[TupleRow]) -> dict[LiteralString, LiteralString]:
    without = set() if _has_parameters(connection) else {"pg_parameter_acl"}
    return {name: query for name, query in _CATALOGS.items() if name not in without}


def _has_parameters(connection: psycopg.Connection[TupleRow]) -> bool:
    return connection.info.server_version // 10_000 >= _PARAMETERS_SINCE


def _with_oid(state: str, oid: sql.Literal) -> sql.Composed:
    """Return ``state`` with the sandbox's oid instead of the placeholder."""
    text = sql.SQL("replace({}, {}, {}::text)")
    return text.format(sql.Literal(state), sql.Literal(f'"{_OID_PLACEHOLDER}"'), oid)


def _oid(connection: psycopg.Connection[TupleRow], database: str) -> sql.Literal:
    rows = connection.execute(
        "SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = %s", (database,)
    ).fetchall()
    return sql.Literal(rows[0][0] if rows else 0)


def _format(template: LiteralString, /, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(template).format(own=sql.Literal(_OID_PLACEHOLDER), **parts)
