"""Incremental catalogue cache: a table's objects are re-read only if its catalogue rows changed.

``(xmin, ctid)`` identifies a row version, since transaction numbers are unique per server; a cloned database
has the rows of its template, so that the cache is valid for clones. Objects depend on rows of other tables by
name only, and on the catalogues in :data:`_SHARED`: if a name or one of those changed, everything is re-read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, TypeAlias

from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey
from django_switchback.worker.snapshot.postgresql.session import (
    TABLES,
    execute_prepared,
    fetch_all,
    set_tables,
)
from django_switchback.worker.snapshot.postgresql.sql_fragments import FIRST_NORMAL_OID, NAMESPACES, prefix

Objects: TypeAlias = dict[ObjectKey, CatalogueObject]
Stale: TypeAlias = Mapping[str, Collection[int]]
"""The oids of the tables whose rows changed, by catalogue."""
Read: TypeAlias = Callable[[Stale | None], Objects]
"""Reads the objects of the tables in ``Stale``; all objects that belong to tables for ``None``."""

_TABLES = "('r', 'p', 'f', 'v', 'm')"
_NO_TABLE = 0
"""Stands for objects that belong to no table, and for rows that many objects may depend on."""

_SHARED = (
    ("pg_namespace", "true"),
    ("pg_tablespace", "true"),
    ("pg_foreign_server", "true"),
    ("pg_foreign_table", "true"),
    ("pg_inherits", "true"),
    ("pg_enum", "true"),
    ("pg_depend", "deptype = 'e'"),
    ("pg_description", f"objoid >= {FIRST_NORMAL_OID}"),
    # A table's row type and its array type are created and dropped with the table.
    ("pg_type", f"oid >= {FIRST_NORMAL_OID} AND typtype <> 'c' AND typelem = 0"),
    (
        "pg_class",
        f"oid >= {FIRST_NORMAL_OID} AND (relkind = 'c' OR relkind = 't' AND reloptions IS NOT NULL)",
    ),
    *(
        (catalogue, f"oid >= {FIRST_NORMAL_OID}")
        for catalogue in (
            "pg_proc",
            "pg_operator",
            "pg_opclass",
            "pg_collation",
            "pg_ts_config",
            "pg_ts_dict",
        )
    ),
)
"""Catalogues with a condition for the relevant rows."""


class _CatalogueRows(NamedTuple):
    """Rows of one catalogue: the table of each, the row versions that count, and the FROM clause."""

    catalogue: str
    table: str
    aliases: tuple[str, ...]
    source: str

    def versions(self, number: int) -> str:
        """Return the query for the version hash of each row; ``number`` is the catalogue's seed."""
        row_versions = ", ".join(f"{alias}.xmin, {alias}.ctid" for alias in self.aliases)
        return (
            f"SELECT {self.table} AS relation, '{self.catalogue}' AS catalogue,"
            f" hash_record_extended(ROW({row_versions}), {number}) AS version FROM {self.source}"
        )


_TABLE_CATALOGUES = (
    _CatalogueRows(
        "pg_class", "x.oid", ("x",), f"pg_class x WHERE oid >= {FIRST_NORMAL_OID} AND relkind IN {_TABLES}"
    ),
    _CatalogueRows(
        "pg_attribute",
        "x.attrelid",
        ("x",),
        f"pg_attribute x WHERE attrelid >= {FIRST_NORMAL_OID} AND attnum > 0",
    ),
    _CatalogueRows("pg_attrdef", "x.adrelid", ("x",), "pg_attrdef x"),
    _CatalogueRows(
        "pg_constraint", "x.conrelid", ("x",), f"pg_constraint x WHERE conrelid >= {FIRST_NORMAL_OID}"
    ),
    _CatalogueRows(
        "pg_index",
        "x.indrelid",
        ("x", "c"),
        f"""pg_index x JOIN pg_class c ON c.oid = x.indexrelid
        WHERE x.indexrelid >= {FIRST_NORMAL_OID} AND c.relnamespace <> 'pg_toast'::regnamespace""",
    ),
    _CatalogueRows(
        "pg_sequence",
        f"coalesce(o.refobjid, {_NO_TABLE})",
        ("x", "c", "o"),
        """pg_sequence x JOIN pg_class c ON c.oid = x.seqrelid
        LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = x.seqrelid
            AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')""",
    ),
    *(
        _CatalogueRows(catalogue, f"{_NO_TABLE}", ("x",), f"{catalogue} x WHERE {condition}")
        for catalogue, condition in _SHARED
    ),
)
_VERSIONS = "SELECT relation, catalogue, bit_xor(version) FROM ({}) AS rows GROUP BY 1, 2".format(
    " UNION ALL ".join(
        [
            *(rows.versions(number) for number, rows in enumerate(_TABLE_CATALOGUES)),
            # Ordinary roles cannot read pg_authid.
            f"SELECT {_NO_TABLE}, 'pg_authid', hashtextextended(rolname, 0) FROM pg_roles",
        ]
    )
)
# A table's name changes, although its rows do not, when an earlier schema of the path gets one of its name.
_HIDDEN = """CASE WHEN cardinality(current_schemas(false)) > 1 THEN (
    SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_class WHERE NOT pg_table_is_visible(oid)
    AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY(current_schemas(false)))) END"""
_SESSION = f"""
SELECT pg_postmaster_start_time()::text, current_schema(), current_setting('search_path'), {_HIDDEN}"""

_ITSELF = 0
_NAMES = f"""
SELECT c.oid, {_ITSELF}, {prefix("c")} || c.relname
FROM pg_class c JOIN {NAMESPACES} n ON n.oid = c.relnamespace
WHERE c.oid IN {TABLES} AND c.relkind IN {_TABLES}
UNION ALL SELECT attrelid, attnum, attname FROM pg_attribute
WHERE attrelid IN {TABLES} AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT o.refobjid, s.oid::bigint, s.relname FROM pg_depend o JOIN pg_class s ON s.oid = o.objid
WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
  AND o.refobjid IN {TABLES} AND o.deptype IN ('a', 'i') AND s.relkind = 'S'"""

_MAX_STALE_TABLES = 100
"""Tables for which the prepared query is used; more are named in the query, so that it is planned for
them."""

Names: TypeAlias = Mapping[int, Mapping[int, str]]
"""By table oid: names of its columns by number, of its sequences by oid, its own at ``_ITSELF``."""


class _LastRead(NamedTuple):
    """The result of the last read, of whichever database."""

    session: tuple[str, ...] = ()
    versions: Mapping[tuple[int, str], int] = {}
    names: Mapping[int, Mapping[int, str]] = {}
    objects: Mapping[ObjectKey, CatalogueObject] = {}


class CatalogueCache:
    """Caches the objects of the tables of the database that was read last.

    ``catalogues_by_kind`` names the catalogues that objects of each kind are read from.
    """

    def __init__(self, catalogues_by_kind: Mapping[str, Collection[str]]) -> None:
        self._catalogues_by_kind = catalogues_by_kind
        self._last = _LastRead()

    def forget(self) -> None:
        """Clear the cache."""
        self._last = _LastRead()

    def objects(self, cursor: CursorWrapper, read: Read) -> Objects:
        """Return the objects that belong to tables, and objects of the same kinds that belong to none."""
        (session,), rows = fetch_all(cursor, (_SESSION, _VERSIONS))
        versions = {(relation, catalogue): version for relation, catalogue, version in rows}
        last = self._last if self._last.session == session else _LastRead()
        # An interruption from here on leaves the cache empty.
        self._last = _LastRead()
        changed = {
            key for key in versions.keys() | last.versions if versions.get(key) != last.versions.get(key)
        }
        relations = {relation for relation, _ in changed}
        names = _names(cursor, relations)
        if _NO_TABLE in relations or any(
            _affects_others(relation, last, versions, names) for relation in relations
        ):
            every = {relation for relation, _ in versions}
            names = names if relations >= every else _names(cursor, every)
            objects = read(None)
        else:
            stale: defaultdict[str, set[int]] = defaultdict(set)
            for relation, catalogue in changed:
                stale[catalogue].add(relation)
            objects = self._unchanged(last, stale)
            if stale:
                objects |= read(stale)
            names = {table: own for table, own in last.names.items() if table not in relations} | names
        self._last = _LastRead(session, versions, names, objects)
        return objects

    def _unchanged(self, last: _LastRead, stale: Stale) -> Objects:
        """Return the cached objects that are not ``stale``."""
        stale_tables = {
            kind: {
                last.names[table][_ITSELF]
                for catalogue in catalogues
                for table in stale.get(catalogue, ())
                if table in last.names
            }
            for kind, catalogues in self._catalogues_by_kind.items()
        }
        return {
            key: item
            for key, item in last.objects.items()
            if (item.table or key[1]) not in stale_tables[key[0]]
        }


def _names(cursor: CursorWrapper, relations: Collection[int]) -> dict[int, Mapping[int, str]]:
    """Return the names of ``relations`` that are tables; indexes, which have columns too, are left out."""
    names: defaultdict[int, dict[int, str]] = defaultdict(dict)
    if relations:
        tables = set_tables(cursor, relations)
        if len(relations) > _MAX_STALE_TABLES:
            # The generic plan of the prepared query assumes about ten tables.
            cursor.execute(_NAMES.replace(TABLES, tables))
        else:
            execute_prepared(cursor, _NAMES)
        for table, number, name in cursor.fetchall():
            names[table][number] = name
    return {table: own for table, own in names.items() if _ITSELF in own}


def _affects_others(
    relation: int, last: _LastRead, versions: Mapping[tuple[int, str], int], names: Names
) -> bool:
    """Return whether other objects may mention the changed table, or its owner is unknown."""
    before, now = last.names.get(relation), names.get(relation)
    if before is not None:
        return now is not None and any(now.get(number, name) != name for number, name in before.items())
    key = relation, "pg_attribute"
    return key in versions and key in last.versions
