"""Queries for extensions, collations, text search, publications and default privileges."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import NAMESPACES, head, own, owner

EXTENSIONS = f"""
SELECT {head("e.oid", "e.extname::text")},
       e.extversion AS "version", e.extnamespace::regnamespace::text AS "schema"
FROM pg_extension e"""

# The columns for a locale differ from one major version to the next: what the row says is what it is.
COLLATIONS = f"""
SELECT {head("c.oid", "n.prefix || c.collname")},
       (to_jsonb(c) - ARRAY['oid', 'collname', 'collnamespace', 'collowner', 'collversion'])::text
           AS "definition",
       {owner("c.collowner")}
FROM pg_collation c JOIN {NAMESPACES} n ON n.oid = c.collnamespace
WHERE {own("pg_collation", "c.oid")}"""

SEARCH_CONFIGURATIONS = f"""
SELECT {head("c.oid", "n.prefix || c.cfgname")},
       (SELECT p.prsname::text FROM pg_ts_parser p WHERE p.oid = c.cfgparser) AS "parser",
       (SELECT string_agg(m.maptokentype || ': ' || m.mapdict::regdictionary, ', '
                          ORDER BY m.maptokentype, m.mapseqno)
        FROM pg_ts_config_map m WHERE m.mapcfg = c.oid) AS "mapping",
       {owner("c.cfgowner")}
FROM pg_ts_config c JOIN {NAMESPACES} n ON n.oid = c.cfgnamespace
WHERE {own("pg_ts_config", "c.oid")}"""

SEARCH_DICTIONARIES = f"""
SELECT {head("d.oid", "n.prefix || d.dictname")},
       (SELECT t.tmplname::text FROM pg_ts_template t WHERE t.oid = d.dicttemplate) AS "template",
       d.dictinitoption AS "options",
       {owner("d.dictowner")}
FROM pg_ts_dict d JOIN {NAMESPACES} n ON n.oid = d.dictnamespace
WHERE {own("pg_ts_dict", "d.oid")}"""

PUBLICATIONS = f"""
SELECT {head("p.oid", "p.pubname::text")},
       concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                 CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)
           AS "publishes",
       CASE WHEN p.puballtables THEN 'all' ELSE
           (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text)
            FROM pg_publication_rel r WHERE r.prpubid = p.oid) END AS "tables",
       {owner("p.pubowner")}
FROM pg_publication p WHERE {own("pg_publication", "p.oid")}"""

FOREIGN_SERVERS = f"""
SELECT {head("s.oid", "s.srvname::text")},
       (SELECT w.fdwname::text FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw) AS "wrapper",
       {owner("s.srvowner")}
FROM pg_foreign_server s WHERE {own("pg_foreign_server", "s.oid")}"""

_DEFAULT_FOR = """concat_ws(' ', 'default for', d.defaclobjtype, 'of', pg_get_userbyid(d.defaclrole),
                 'in ' || NULLIF(d.defaclnamespace, 0)::regnamespace)"""
DEFAULT_PRIVILEGES = f"""
SELECT {head("d.oid", _DEFAULT_FOR)},
       (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(d.defaclacl) AS a) AS "grants"
FROM pg_default_acl d"""
