"""Queries for schemas, tables, columns and views."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import (
    FIRST_NORMAL_OID,
    NAMESPACES,
    head,
    own,
    owner,
    prefix,
)

_NAME = f"{prefix('c')} || c.relname"

SCHEMAS = f"""
SELECT {head("n.oid", "n.nspname")},
       {owner("n.nspowner")}
FROM {NAMESPACES} n WHERE {own("pg_namespace", "n.oid")}"""

TABLES = f"""
SELECT {head("c.oid", _NAME, "NULL", "ARRAY[n.nspname::text, c.relname::text]")},
       CASE WHEN pg_table_is_visible(c.oid) THEN n.nspname::text END AS "schema",
       CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' END AS "kind",
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS "persistence",
       (SELECT string_agg(o, ', ' ORDER BY o) FROM (
           SELECT unnest(c.reloptions) AS o
           UNION ALL SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid
       ) AS options) AS "options",
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partition key",
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS "partition bound",
       CASE WHEN c.relhassubclass OR c.relispartition OR c.relkind <> 'p' THEN
           (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
            FROM pg_inherits i WHERE i.inhrelid = c.oid) END AS "inherits",
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "of type",
       CASE WHEN c.relrowsecurity THEN 'on' END AS "row security",
       CASE WHEN c.relforcerowsecurity THEN 'on' END AS "forced row security",
       CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END
           AS "replica identity",
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS "tablespace",
       (SELECT a.amname::text FROM pg_am a WHERE a.oid = c.relam AND a.amname <> 'heap') AS "access method",
       (SELECT v.srvname || coalesce(' ' || array_to_string(f.ftoptions, ', '), '')
        FROM pg_foreign_table f JOIN pg_foreign_server v ON v.oid = f.ftserver WHERE f.ftrelid = c.oid)
           AS "server",
       {owner("c.relowner")}
FROM pg_class c JOIN {NAMESPACES} n ON n.oid = c.relnamespace
WHERE c.oid >= {FIRST_NORMAL_OID} AND c.relkind IN ('r', 'p', 'f') AND {own("pg_class", "c.oid")}"""

# What a partition's columns are is its parent's to say. A view's are said by its definition, but for what
# can be set on them alone. A NOT NULL that PostgreSQL 18 has as a constraint is an attribute of its column.
_COLUMN = f"{_NAME} || '.' || a.attname"
COLUMNS = f"""
SELECT {head("c.oid", _COLUMN, _NAME, "ARRAY[a.attname::text]", "a.attnum")},
       format_type(a.atttypid, a.atttypmod) AS "type",
       CASE WHEN a.attnotnull THEN CASE WHEN nn.oid IS NULL THEN 'yes' ELSE 'not validated' END END
           AS "not null",
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid)
           || CASE a.attgenerated WHEN 's' THEN ' stored' ELSE ' virtual' END END AS "generated",
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS "identity",
       CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN
           (SELECT quote_ident(o.collname) FROM pg_collation o WHERE o.oid = a.attcollation) END
           AS "collation",
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS "storage",
       NULLIF(a.attcompression::text, '') AS "compression",
       NULLIF(coalesce(a.attstattarget, -1), -1)::text AS "statistics target",
       array_to_string(a.attoptions, ', ') AS "options",
       array_to_string(a.attfdwoptions, ', ') AS "server options"
FROM pg_class c JOIN {NAMESPACES} n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attrelid >= {FIRST_NORMAL_OID}
    AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_constraint nn
    ON nn.conrelid = c.oid AND nn.contype = 'n' AND NOT nn.convalidated AND nn.conkey[1] = a.attnum
WHERE (c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
       OR c.relkind IN ('v', 'm') AND (a.atthasdef OR a.attacl IS NOT NULL
                                       OR col_description(c.oid, a.attnum) IS NOT NULL))
  AND {own("pg_class", "c.oid")}"""

VIEWS = f"""
SELECT {head("c.oid", _NAME)},
       CASE c.relkind WHEN 'm' THEN 'materialised' END AS "kind",
       pg_get_viewdef(c.oid) AS "definition",
       (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS "columns",
       CASE WHEN NOT c.relispopulated THEN 'no' END AS "populated",
       (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) AS o) AS "options",
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS "tablespace",
       {owner("c.relowner")}
FROM pg_class c JOIN {NAMESPACES} n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {own("pg_class", "c.oid")}"""
