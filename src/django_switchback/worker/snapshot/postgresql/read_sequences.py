"""Reads sequences, and their positions relative to the rows that use their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from django_switchback.worker.snapshot.interface import CatalogueObject, Digests
from django_switchback.worker.snapshot.postgresql.session import fetch_all
from django_switchback.worker.snapshot.postgresql.sql_fragments import NAMESPACES, head, own, owner, prefix
from django_switchback.worker.snapshot.table_layout import quote_identifier

_NAME, _TABLE = f"{prefix('c')} || c.relname", f"{prefix('tc', 'tn')} || tc.relname"
_PARTS = "ARRAY[n.nspname, c.relname, tn.nspname, tc.relname, a.attname]::text[]"
SEQUENCES = f"""
SELECT {head("c.oid", _NAME, _TABLE, _PARTS)},
       format_type(s.seqtypid, NULL) AS "type",
       s.seqstart::text AS "start", s.seqincrement::text AS "increment", s.seqmin::text AS "minimum",
       s.seqmax::text AS "maximum", s.seqcache::text AS "cache",
       CASE WHEN s.seqcycle THEN 'yes' END AS "cycle",
       {_TABLE} || '.' || a.attname AS "owned by",
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS "persistence",
       {owner("c.relowner")}
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN {NAMESPACES} n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid
    AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_class tc ON tc.oid = o.refobjid LEFT JOIN {NAMESPACES} tn ON tn.oid = tc.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
WHERE {own("pg_class", "c.oid")}"""

# Columns whose default calls nextval on a sequence that they do not own.
_BORROWERS = f"""
SELECT {_NAME}, n.nspname::text, c.relname::text, s.seqincrement,
       tn.nspname::text, tc.relname::text, a.attname::text, {_TABLE}
FROM pg_attrdef f
JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
JOIN pg_sequence s ON s.seqrelid = d.refobjid
JOIN pg_class c ON c.oid = s.seqrelid JOIN {NAMESPACES} n ON n.oid = c.relnamespace
JOIN pg_class tc ON tc.oid = f.adrelid AND tc.relkind IN ('r', 'p')
JOIN {NAMESPACES} tn ON tn.oid = tc.relnamespace
JOIN pg_attribute a ON a.attrelid = tc.oid AND a.attnum = f.adnum AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid AND t.typcategory = 'N'
WHERE {own("pg_class", "c.oid")}"""


_BATCH_SEQUENCES = 100
"""Sequences per query: few enough that planning stays quick."""
MAX_REMEMBERED = 5_000
"""Cached entries, one per column and table digest."""


class _SequenceUse(NamedTuple):
    """A column that uses numbers of a sequence; sequence, table and column are quoted for SQL."""

    name: str
    sequence: str
    increment: int
    table: str
    column: str
    table_name: str
    """The table's name in a snapshot."""
    digest: str | None = None
    """The digest of the table, if known."""


class Collision(NamedTuple):
    """A value that a sequence will give and a row has already.

    ``sequence`` is quoted for SQL; ``inserts_before`` is the number of values that it gives before. ``past``
    is the first value past all rows, ``None`` if the sequence has no such value.
    """

    name: str
    sequence: str
    table: str
    value: int
    inserts_before: int
    past: int | None


_reach_cache: dict[_SequenceUse, int | None] = {}
"""The extreme value of each column, valid while the table has the same digest."""


def positions(
    cursor: CursorWrapper, sequences: Mapping[str, CatalogueObject], digests: Digests
) -> Mapping[str, str]:
    """Return ``behind`` for each sequence whose next value is not past the rows that use it, else ``ok``.

    The next value has to be greater than the greatest value of each column that uses the sequence, or less
    than the least value if the sequence descends. Sequences without a column are left out. ``digests`` may be
    the current digests of the tables. ``snapshot/compare_schemas.py`` compares the positions.
    """
    uses = tuple(_uses(cursor, sequences, digests))
    if not uses:
        return {}
    batches = (uses[start : start + _BATCH_SEQUENCES] for start in range(0, len(uses), _BATCH_SEQUENCES))
    queries = [" UNION ALL ".join(map(_state, batch)) for batch in batches]
    states = [state for rows in fetch_all(cursor, queries) for state in rows]
    extremes = _reach(cursor, uses)
    behind: defaultdict[str, bool] = defaultdict(bool)
    for use, (last, called), farthest in zip(uses, states, extremes, strict=True):
        behind[use.name] |= farthest is not None and _behind(use.increment, last, called, farthest)
    return {name: "behind" if is_behind else "ok" for name, is_behind in behind.items()}


def _reach(cursor: CursorWrapper, uses: Sequence[_SequenceUse]) -> list[int | None]:
    """Return the extreme value of the column of each of ``uses``; unchanged tables are not queried."""
    reach = {use: _reach_cache[use] for use in uses if use in _reach_cache}
    uncached = [use for use in uses if use not in reach]
    if uncached:
        cursor.execute(" UNION ALL ".join(map(_farthest, uncached)))
        reach |= {use: farthest for use, (farthest,) in zip(uncached, cursor.fetchall(), strict=True)}
    if len(_reach_cache) > MAX_REMEMBERED:
        _reach_cache.clear()
    _reach_cache.update({use: farthest for use, farthest in reach.items() if use.digest is not None})
    return [reach[use] for use in uses]


def _uses(
    cursor: CursorWrapper, sequences: Mapping[str, CatalogueObject], digests: Digests
) -> Iterator[_SequenceUse]:
    owned = {name: item for name, item in sequences.items() if item.table is not None}
    for name, item in owned.items():
        if "owned by" in item.attributes:
            use = _use(name, int(item.attributes["increment"] or 1), item.parts, item.table or "")
            yield use._replace(digest=digests.get(item.table or ""))
    if len(owned) < len(sequences):
        cursor.execute(_BORROWERS)
        for name, namespace, relation, increment, *column, table in cursor.fetchall():
            yield _use(name, increment, (namespace, relation, *column), table)


def _use(name: str, increment: int, parts: tuple[str, ...], table_name: str) -> _SequenceUse:
    namespace, sequence, table_namespace, table, column = map(quote_identifier, parts)
    return _SequenceUse(
        name, f"{namespace}.{sequence}", increment, f"{table_namespace}.{table}", column, table_name
    )


def _state(use: _SequenceUse) -> str:
    return f"SELECT last_value, is_called FROM {use.sequence}"


def _farthest(use: _SequenceUse) -> str:
    return f"SELECT {'min' if use.increment < 0 else 'max'}({use.column})::bigint FROM {use.table}"


def _behind(increment: int, last: int, called: bool, farthest: int) -> bool:
    following = last + increment if called else last
    return farthest <= following if increment < 0 else farthest >= following


def collisions(cursor: CursorWrapper, sequences: Mapping[str, CatalogueObject]) -> Iterator[Collision]:
    """Yield for each column that uses one of ``sequences`` the next value that a row of it has already."""
    for use in tuple(_uses(cursor, sequences, {})):
        if use.name not in sequences:
            continue
        cursor.execute(_state(use))
        last, called = cursor.fetchone()
        following = last + use.increment if called else last
        ahead, nearest, farthest = ("<=", "max", "min") if use.increment < 0 else (">=", "min", "max")
        cursor.execute(
            f"SELECT {nearest}({use.column})::bigint, {farthest}({use.column})::bigint FROM {use.table} "
            f"WHERE {use.column} {ahead} {following} "
            f"AND mod({use.column}::numeric - {following}, {use.increment}) = 0"
        )
        value, last_value = cursor.fetchone()
        if value is not None:
            past = last_value + use.increment
            bounds = [int(sequences[use.name].attributes[name] or 0) for name in ("minimum", "maximum")]
            yield Collision(
                name=use.name,
                sequence=use.sequence,
                table=use.table_name,
                value=value,
                inserts_before=(value - following) // use.increment,
                past=past if bounds[0] <= past <= bounds[1] else None,
            )
