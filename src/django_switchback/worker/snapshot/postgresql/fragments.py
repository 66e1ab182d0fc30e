"""Pieces of SQL that the catalogue's queries share.

Every query answers with the columns ``name``, ``table`` and ``parts`` (an array or null), then one column
of text for each attribute, null where the attribute has its default value.
"""

from __future__ import annotations

NAMESPACES = """(
    SELECT oid, nspname, nspowner, nspacl,
           CASE WHEN nspname = current_schema() THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)"""
"""The schemas that are not the system's; ``prefix`` goes before the names of what they hold."""


def own(catalogue: str, oid: str) -> str:
    """Return the condition that the object belongs to no extension."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend WHERE classid = '{catalogue}'::regclass"
        f" AND objid = {oid} AND deptype = 'e')"
    )


def owner(column: str) -> str:
    """Return the attribute ``owner``."""
    return f'pg_get_userbyid({column})::text AS "owner"'


def comment(catalogue: str, oid: str) -> str:
    """Return the attribute ``comment``."""
    return f"obj_description({oid}, '{catalogue}') AS \"comment\""


def grants(acl: str, kind: str, owner: str) -> str:
    """Return the attribute ``grants``: who may do what, null where that is the owner's default.

    ``kind`` is the letter that ``acldefault`` takes. A list made explicit by a grant and a revoke that undo
    each other reads the same as none.
    """
    usual = f"acldefault('{kind}', {owner})"
    compared = f"NULLIF({_privileges(acl)}, {_privileges(usual)})"
    return f'CASE WHEN {acl} IS NOT NULL THEN {compared} END AS "grants"'


def _privileges(acl: str) -> str:
    return f"""coalesce((SELECT string_agg(privileges, '; ' ORDER BY privileges) FROM (
        SELECT CASE WHEN grantee = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(grantee)) END || ': '
               || string_agg(DISTINCT lower(privilege_type)
                  || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END, ', ') AS privileges
        FROM aclexplode({acl}) GROUP BY grantee) AS granted), 'nobody')"""  # noqa: S608
