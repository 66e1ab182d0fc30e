"""Queries for constraints, indexes, policies and extended statistics of tables."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import NAMESPACES, head, own, owner, prefix

_RELATION = f"pg_class c ON c.oid = {{oid}} JOIN {NAMESPACES} n ON n.oid = c.relnamespace"
_PREFIX = prefix("c")
_TABLE = f"{_PREFIX} || c.relname"
_COLUMNS = """(SELECT array_agg(a.attname::text ORDER BY p.position)
            FROM unnest({numbers}) WITH ORDINALITY AS p (number, position)
            JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = p.number)"""
_KEY = f"""CASE WHEN k.contype IN ('p', 'u', 'f') THEN
           {_COLUMNS.format(numbers="k.conkey", table="k.conrelid")} END"""
_REFERS = f"""CASE WHEN k.contype = 'f' THEN
           (SELECT ARRAY[{prefix("rc", "rn")} || rc.relname] FROM pg_class rc JOIN {NAMESPACES} rn
            ON rn.oid = rc.relnamespace WHERE rc.oid = k.confrelid)
           || {_COLUMNS.format(numbers="k.confkey", table="k.confrelid")} END"""
_INDEX_SETTINGS = """
       CASE WHEN ic.reloptions IS NOT NULL THEN
           (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(ic.reloptions) AS o) END AS "options",
       CASE WHEN NOT i.indisvalid THEN 'no' END AS "valid",
       CASE WHEN NOT i.indisready THEN 'no' END AS "ready",
       CASE WHEN i.indisclustered THEN 'yes' END AS "clustered",
       CASE WHEN i.indisreplident THEN 'yes' END AS "replica identity",
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = ic.reltablespace) AS "tablespace"
"""

# Constraints that a child or partition inherits belong to the parent. PostgreSQL 18 has every NOT NULL as a
# constraint ('n'); constraint triggers ('t') are among the triggers.
CONSTRAINTS = f"""
SELECT {head("k.oid", f"{_TABLE} || '.' || k.conname", _TABLE, _KEY, refers=_REFERS)},
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
           WHEN 'c' THEN 'check' ELSE 'exclusion' END AS "type",
       pg_get_constraintdef(k.oid) AS "definition", {_INDEX_SETTINGS}
FROM pg_constraint k JOIN {_RELATION.format(oid="k.conrelid")}
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND k.conislocal
  AND {own("pg_class", "c.oid")}"""

# pg_get_indexdef starts with the index's own name and its table's, which do not belong to its definition.
INDEXES = f"""
SELECT {head("ic.oid", f"{_PREFIX} || ic.relname", _TABLE)},
       CASE WHEN i.indisunique THEN 'yes' END AS "unique",
       substr(pg_get_indexdef(i.indexrelid), 2 + length(
           'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '
           || quote_ident(ic.relname) || ' ON ' || CASE WHEN ic.relkind = 'I' THEN 'ONLY ' ELSE '' END
           || quote_ident(n.nspname) || '.' || quote_ident(c.relname))) AS "definition",
       CASE WHEN i.indexprs IS NOT NULL THEN
           (SELECT string_agg(pg_get_indexdef(i.indexrelid, a.attnum, false) || ' ' || a.attstattarget, ', '
                              ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = ic.oid AND a.attstattarget >= 0) END
           AS "statistics target", {_INDEX_SETTINGS}
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN {_RELATION.format(oid="i.indrelid")}
WHERE NOT ic.relispartition AND {own("pg_class", "ic.oid")}
  AND NOT EXISTS (SELECT FROM pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"""

POLICIES = f"""
SELECT {head("p.oid", f"{_TABLE} || '.' || p.polname", _TABLE)},
       CASE WHEN NOT p.polpermissive THEN 'no' END AS "permissive",
       CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
           WHEN 'd' THEN 'delete' ELSE 'all' END AS "command",
       (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(r)) END, ', '
                          ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) AS r) AS "roles",
       pg_get_expr(p.polqual, c.oid) AS "using", pg_get_expr(p.polwithcheck, c.oid) AS "with check"
FROM pg_policy p JOIN {_RELATION.format(oid="p.polrelid")}
WHERE {own("pg_policy", "p.oid")}"""

STATISTICS = f"""
SELECT {head("s.oid", "m.prefix || s.stxname", _TABLE)},
       pg_get_statisticsobjdef(s.oid) AS "definition",
       NULLIF(coalesce(s.stxstattarget, -1), -1)::text AS "statistics target",
       {owner("s.stxowner")}
FROM pg_statistic_ext s JOIN {_RELATION.format(oid="s.stxrelid")}
JOIN {NAMESPACES} m ON m.oid = s.stxnamespace
WHERE {own("pg_statistic_ext", "s.oid")}"""
