"""What is left of the catalogue: extensions, collations, text search, publications, default privileges."""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.fragments import (
    NAMESPACES,
    comment,
    grants,
    own,
    owner,
)

EXTENSIONS = """
SELECT e.extname::text AS name, NULL AS "table", NULL AS parts,
       e.extversion AS "version", e.extnamespace::regnamespace::text AS "schema"
FROM pg_extension e"""

# The columns for a locale differ from one major version to the next: what the row says is what it is.
COLLATIONS = f"""
SELECT n.prefix || c.collname AS name, NULL AS "table", NULL AS parts,
       (to_jsonb(c) - ARRAY['oid', 'collname', 'collnamespace', 'collowner', 'collversion'])::text
           AS "definition",
       {owner("c.collowner")}, {comment("pg_collation", "c.oid")}
FROM pg_collation c JOIN {NAMESPACES} n ON n.oid = c.collnamespace
WHERE {own("pg_collation", "c.oid")}"""  # noqa: S608

SEARCH_CONFIGURATIONS = f"""
SELECT n.prefix || c.cfgname AS name, NULL AS "table", NULL AS parts,
       (SELECT p.prsname::text FROM pg_ts_parser p WHERE p.oid = c.cfgparser) AS "parser",
       (SELECT string_agg(m.maptokentype || ': ' || m.mapdict::regdictionary, ', '
                          ORDER BY m.maptokentype, m.mapseqno)
        FROM pg_ts_config_map m WHERE m.mapcfg = c.oid) AS "mapping",
       {owner("c.cfgowner")}, {comment("pg_ts_config", "c.oid")}
FROM pg_ts_config c JOIN {NAMESPACES} n ON n.oid = c.cfgnamespace
WHERE {own("pg_ts_config", "c.oid")}"""  # noqa: S608

SEARCH_DICTIONARIES = f"""
SELECT n.prefix || d.dictname AS name, NULL AS "table", NULL AS parts,
       (SELECT t.tmplname::text FROM pg_ts_template t WHERE t.oid = d.dicttemplate) AS "template",
       d.dictinitoption AS "options",
       {owner("d.dictowner")}, {comment("pg_ts_dict", "d.oid")}
FROM pg_ts_dict d JOIN {NAMESPACES} n ON n.oid = d.dictnamespace
WHERE {own("pg_ts_dict", "d.oid")}"""  # noqa: S608

PUBLICATIONS = f"""
SELECT p.pubname::text AS name, NULL AS "table", NULL AS parts,
       concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                 CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)
           AS "publishes",
       CASE WHEN p.puballtables THEN 'all' ELSE
           (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text)
            FROM pg_publication_rel r WHERE r.prpubid = p.oid) END AS "tables",
       {owner("p.pubowner")}, {comment("pg_publication", "p.oid")}
FROM pg_publication p WHERE {own("pg_publication", "p.oid")}"""  # noqa: S608

FOREIGN_SERVERS = f"""
SELECT s.srvname::text AS name, NULL AS "table", NULL AS parts,
       (SELECT w.fdwname::text FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw) AS "wrapper",
       {owner("s.srvowner")}, {comment("pg_foreign_server", "s.oid")},
       {grants("s.srvacl", "S", "s.srvowner")}
FROM pg_foreign_server s WHERE {own("pg_foreign_server", "s.oid")}"""  # noqa: S608

DEFAULT_PRIVILEGES = """
SELECT concat_ws(' ', 'default for', d.defaclobjtype, 'of', pg_get_userbyid(d.defaclrole),
                 'in ' || NULLIF(d.defaclnamespace, 0)::regnamespace) AS name,
       NULL AS "table", NULL AS parts,
       (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(d.defaclacl) AS a) AS "grants"
FROM pg_default_acl d"""
