"""Sequences, and where each stands against the rows that took their numbers from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.postgresql.fragments import NAMESPACES, comment, grants, own, owner

SEQUENCES = f"""
SELECT n.prefix || c.relname AS name, tn.prefix || tc.relname AS "table", NULL AS parts,
       format_type(s.seqtypid, NULL) AS "type",
       s.seqstart::text AS "start", s.seqincrement::text AS "increment", s.seqmin::text AS "minimum",
       s.seqmax::text AS "maximum", s.seqcache::text AS "cache",
       CASE WHEN s.seqcycle THEN 'yes' END AS "cycle",
       CASE WHEN o.refobjid IS NOT NULL THEN tn.prefix || tc.relname || '.' || a.attname END AS "owned by",
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS "persistence",
       {owner("c.relowner")}, {comment("pg_class", "c.oid")}, {grants("c.relacl", "s", "c.relowner")}
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN {NAMESPACES} n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid
    AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_class tc ON tc.oid = o.refobjid LEFT JOIN {NAMESPACES} tn ON tn.oid = tc.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
WHERE {own("pg_class", "c.oid")}"""  # noqa: S608

# The column that owns the sequence, and any whose default asks it for numbers without owning it.
_USES = f"""
SELECT DISTINCT n.prefix || c.relname, format('%I.%I', n.nspname, c.relname), s.seqincrement < 0,
       format('%I.%I', tn.nspname, tc.relname), quote_ident(a.attname)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN {NAMESPACES} n ON n.oid = c.relnamespace
JOIN (
    SELECT objid AS sequence, refobjid AS relation, refobjsubid AS number FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
    UNION ALL
    SELECT d.refobjid, f.adrelid, f.adnum FROM pg_attrdef f
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
) AS u ON u.sequence = c.oid
JOIN pg_class tc ON tc.oid = u.relation AND tc.relkind IN ('r', 'p')
JOIN {NAMESPACES} tn ON tn.oid = tc.relnamespace
JOIN pg_attribute a ON a.attrelid = tc.oid AND a.attnum = u.number AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid AND t.typcategory = 'N'
WHERE {own("pg_class", "c.oid")}"""  # noqa: S608


class _Use(NamedTuple):
    """A column that takes its numbers from a sequence; all but ``name`` are quoted for SQL."""

    name: str
    sequence: str
    descending: bool
    table: str
    column: str


def positions(cursor: CursorWrapper) -> Mapping[str, str]:
    """Return ``behind`` for each sequence whose next number a row has already passed, else ``ok``.

    Sequences that no column takes numbers from are left out.
    """
    cursor.execute(_USES)
    uses = [_Use(*row) for row in cursor.fetchall()]
    if not uses:
        return {}
    cursor.execute(" UNION ALL ".join(map(_taken, uses)))
    return _worst(cursor.fetchall())


def _taken(use: _Use) -> str:
    """Return the query that says whether the number that ``use`` hands out next was reached in its table."""
    last, reached = ("min", "<") if use.descending else ("max", ">")
    name = use.name.replace("'", "''")
    return (
        f"SELECT '{name}', (SELECT {last}({use.column}) FROM {use.table})"  # noqa: S608
        f" {reached}= s.last_value + CASE WHEN s.is_called THEN q.seqincrement ELSE 0 END"
        f" FROM {use.sequence} s, pg_sequence q WHERE q.seqrelid = '{use.sequence}'::regclass"
    )


def _worst(answers: Iterable[tuple[str, bool | None]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, passed in answers:
        found[name] = "behind" if passed or found.get(name) == "behind" else "ok"
    return found
