"""Queries for user-defined types (enums, domains, composites, ranges), casts and operators."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import (
    FIRST_NORMAL_OID,
    NAMESPACES,
    head,
    own,
    owner,
)

# Row types, array types and multirange types belong to the table, the element type and the range type.
TYPES = f"""
SELECT {head("t.oid", "n.prefix || t.typname")},
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range'
           WHEN 'c' THEN 'composite' ELSE 'base' END AS "kind",
       (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
        FROM pg_enum e WHERE e.enumtypid = t.oid) AS "labels",
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS "base type",
       CASE WHEN t.typnotnull THEN 'yes' END AS "not null",
       t.typdefault AS "default",
       CASE WHEN t.typtype = 'd' AND t.typcollation NOT IN (0, b.typcollation) THEN
           (SELECT quote_ident(o.collname) FROM pg_collation o WHERE o.oid = t.typcollation) END
           AS "collation",
       (SELECT string_agg(quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), ', '
                          ORDER BY k.conname)
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS "constraints",
       CASE WHEN t.typtype = 'c' THEN
           (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                              || CASE WHEN a.attcollation NOT IN (0, y.typcollation)
                                 THEN ' collate ' || a.attcollation::regcollation ELSE '' END,
                              ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS "attributes",
       (SELECT concat_ws(' ', r.rngsubtype::regtype, r.rngmultitypid::regtype,
                         (SELECT p.opcname FROM pg_opclass p WHERE p.oid = r.rngsubopc),
                         NULLIF(r.rngcollation, 0)::regcollation, r.rngcanonical, r.rngsubdiff)
        FROM pg_range r WHERE r.rngtypid = t.oid) AS "range",
       {owner("t.typowner")}
FROM pg_type t JOIN {NAMESPACES} n ON n.oid = t.typnamespace
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE (t.typtype IN ('e', 'd', 'r', 'b')
       OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  AND {own("pg_type", "t.oid")}"""

_CAST = "format_type(k.castsource, NULL) || ' as ' || format_type(k.casttarget, NULL)"
# Casts of a range type are created and dropped with the type.
CASTS = f"""
SELECT {head("k.oid", _CAST)},
       CASE k.castcontext WHEN 'a' THEN 'in assignment' WHEN 'i' THEN 'implicit' END AS "context",
       CASE k.castmethod WHEN 'f' THEN k.castfunc::regprocedure::text WHEN 'i' THEN 'inout'
           ELSE 'binary' END AS "method"
FROM pg_cast k WHERE k.oid >= {FIRST_NORMAL_OID}
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_cast'::regclass AND objid = k.oid
                  AND deptype IN ('e', 'i'))"""

_OPERATOR = """n.prefix || o.oprname || '(' || concat_ws(', ', CASE WHEN o.oprleft <> 0 THEN
           format_type(o.oprleft, NULL) END, format_type(o.oprright, NULL)) || ')'"""
OPERATORS = f"""
SELECT {head("o.oid", _OPERATOR)},
       o.oprcode::regprocedure::text AS "function", NULLIF(o.oprcom, 0)::regoperator::text AS "commutator",
       NULLIF(o.oprnegate, 0)::regoperator::text AS "negator",
       {owner("o.oprowner")}
FROM pg_operator o JOIN {NAMESPACES} n ON n.oid = o.oprnamespace
WHERE {own("pg_operator", "o.oid")}"""

OPERATOR_CLASSES = f"""
SELECT {head("o.oid", "n.prefix || o.opcname || ' using ' || a.amname")},
       format_type(o.opcintype, NULL) AS "type", CASE WHEN o.opcdefault THEN 'yes' END AS "default",
       {owner("o.opcowner")}
FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod JOIN {NAMESPACES} n ON n.oid = o.opcnamespace
WHERE {own("pg_opclass", "o.oid")}"""
