"""Queries for server-wide objects: roles, memberships, settings, and ``ALTER SYSTEM`` parameters.

They are read only while enabled: while the server's objects are the sandbox's alone.
"""

from __future__ import annotations

from django_switchback.worker.snapshot.postgresql.sql_fragments import FIRST_NORMAL_OID, head

_enabled = False


def set_enabled(*, enabled: bool) -> None:
    """Enable or disable the reading of server-wide objects."""
    global _enabled
    _enabled = enabled


def is_enabled() -> bool:
    """Return whether server-wide objects are read."""
    return _enabled


ROLES = f"""
SELECT {head("r.oid", "r.rolname::text")},
       NULLIF(r.rolsuper, false)::text AS "superuser",
       NULLIF(r.rolcreatedb, false)::text AS "may create databases",
       NULLIF(r.rolcreaterole, false)::text AS "may create roles",
       NULLIF(r.rolcanlogin, false)::text AS "login",
       NULLIF(r.rolinherit, true)::text AS "inherits", NULLIF(r.rolreplication, false)::text AS "replication",
       NULLIF(r.rolbypassrls, false)::text AS "bypasses policies",
       NULLIF(r.rolconnlimit, -1)::text AS "connection limit", r.rolvaliduntil::text AS "valid until",
       CASE WHEN r.rolpassword IS NOT NULL THEN 'set' END AS "password",
       shobj_description(r.oid, 'pg_authid') AS "comment"
FROM pg_authid r WHERE r.oid >= {FIRST_NORMAL_OID}"""

_MEMBERSHIP = """concat_ws(' ', pg_get_userbyid(m.member), 'in', pg_get_userbyid(m.roleid), 'by',
                 pg_get_userbyid(m.grantor))"""
# The option columns differ between major versions, so the row is read as JSON.
MEMBERSHIPS = f"""
SELECT {head("m.roleid", _MEMBERSHIP)},
       (to_jsonb(m) - ARRAY['oid', 'roleid', 'member', 'grantor'])::text AS "options"
FROM pg_auth_members m WHERE m.roleid >= {FIRST_NORMAL_OID} OR m.member >= {FIRST_NORMAL_OID}"""

_SETTING_OF = """concat_ws(' ', CASE WHEN s.setrole <> 0 THEN 'of role ' || pg_get_userbyid(s.setrole) END,
                 CASE WHEN s.setdatabase <> 0 THEN 'of this database' END)"""
SETTINGS = f"""
SELECT {head("s.setrole", _SETTING_OF)},
       (SELECT string_agg(c, '; ' ORDER BY c) FROM unnest(s.setconfig) AS c) AS "values"
FROM pg_db_role_setting s
WHERE s.setdatabase = 0
   OR s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"""

PARAMETERS = f"""
SELECT {head("0::oid", "'of the server: ' || f.name")}, f.setting AS "values"
FROM pg_file_settings f WHERE f.sourcefile LIKE '%%/postgresql.auto.conf'"""
