"""Queries for functions, procedures and aggregates, and for triggers, rules and event triggers."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import NAMESPACES, head, own, owner, prefix

_TABLE = f"{prefix('c')} || c.relname"
_SIGNATURE = "n.prefix || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'"
FUNCTIONS = f"""
SELECT {head("p.oid", _SIGNATURE)},
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' END
           AS "kind",
       pg_get_function_arguments(p.oid) AS "arguments", pg_get_function_result(p.oid) AS "result",
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS "definition", p.probin AS "library",
       (SELECT l.lanname::text FROM pg_language l WHERE l.oid = p.prolang) AS "language",
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS "volatility",
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS "parallel",
       CASE WHEN p.prosecdef THEN 'definer' END AS "security",
       CASE WHEN p.proisstrict THEN 'yes' END AS "strict",
       CASE WHEN p.proleakproof THEN 'yes' END AS "leakproof",
       p.procost::text AS "cost", p.prorows::text AS "rows",
       (SELECT string_agg(s, ', ' ORDER BY s) FROM unnest(p.proconfig) AS s) AS "settings",
       NULLIF(p.prosupport::text, '-') AS "support",
       (SELECT concat_ws(' ', g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
                         g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra,
                         g.aggmfinalextra, g.aggfinalmodify, g.aggmfinalmodify, g.aggsortop::regoperator,
                         g.aggtranstype::regtype, g.aggtransspace, g.aggmtranstype::regtype,
                         g.aggmtransspace, quote_nullable(g.agginitval), quote_nullable(g.aggminitval))
        FROM pg_aggregate g WHERE g.aggfnoid = p.oid) AS "aggregate",
       {owner("p.proowner")}
FROM pg_proc p JOIN {NAMESPACES} n ON n.oid = p.pronamespace
WHERE {own("pg_proc", "p.oid")}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                  AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)"""

TRIGGERS = f"""
SELECT {head("t.oid", f"{_TABLE} || '.' || t.tgname", _TABLE)},
       pg_get_triggerdef(t.oid) AS "definition",
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
           AS "enabled"
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN {NAMESPACES} n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {own("pg_trigger", "t.oid")}"""

RULES = f"""
SELECT {head("r.oid", f"{_TABLE} || '.' || r.rulename", _TABLE)},
       pg_get_ruledef(r.oid) AS "definition",
       CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
           AS "enabled"
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN {NAMESPACES} n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {own("pg_rewrite", "r.oid")}"""

EVENT_TRIGGERS = f"""
SELECT {head("e.oid", "e.evtname::text")},
       e.evtevent::text AS "event", e.evtfoid::regprocedure::text AS "function",
       CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
           AS "enabled",
       array_to_string(e.evttags, ', ') AS "tags",
       {owner("e.evtowner")}
FROM pg_event_trigger e WHERE {own("pg_event_trigger", "e.oid")}"""
