"""Reads comments and grants of all objects at once, since few objects have any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from django_switchback.worker.snapshot.postgresql.sql_fragments import FIRST_NORMAL_OID

Reference: TypeAlias = tuple[str, int, int]
"""A catalogue, the oid of an object in it, and the number of one of its columns or 0."""

_PUBLIC = 2200
"""The oid of the schema ``public``, which initdb assigns."""

COMMENTS = f"""
SELECT classoid::regclass::text, objoid, objsubid, description FROM pg_description
WHERE objoid >= {FIRST_NORMAL_OID} OR objoid = {_PUBLIC}"""

_LISTS = (
    ("pg_class", "oid", "0", "relacl", "CASE relkind WHEN 'S' THEN 's' ELSE 'r' END", "relowner"),
    ("pg_namespace", "oid", "0", "nspacl", "'n'", "nspowner"),
    ("pg_proc", "oid", "0", "proacl", "'f'", "proowner"),
    ("pg_type", "oid", "0", "typacl", "'T'", "typowner"),
    ("pg_foreign_server", "oid", "0", "srvacl", "'S'", "srvowner"),
    # A column has no owner and nobody has a privilege on it by default.
    ("pg_attribute", "attrelid", "attnum", "attacl", "'c'", "10"),
)
GRANTS = " UNION ALL ".join(
    f"SELECT '{'pg_class' if catalogue == 'pg_attribute' else catalogue}', {oid}, {number}, {acl}::text[],"
    f' acldefault(({kind})::"char", {owner})::text[] FROM {catalogue}'
    f" WHERE {acl} IS NOT NULL AND ({oid} >= {FIRST_NORMAL_OID} OR {oid} = {_PUBLIC})"
    for catalogue, oid, number, acl, kind, owner in _LISTS
)
_PRIVILEGES = {
    "a": "insert",
    "r": "select",
    "w": "update",
    "d": "delete",
    "D": "truncate",
    "x": "references",
    "t": "trigger",
    "m": "maintain",
    "X": "execute",
    "U": "usage",
    "C": "create",
    "c": "connect",
    "T": "temporary",
    "*": " with grant option",
}


def comments_and_grants(
    comments: Iterable[tuple[str, int, int, str]],
    grants: Iterable[tuple[str, int, int, Iterable[str], Iterable[str]]],
) -> Mapping[Reference, Mapping[str, str]]:
    """Return the attributes ``comment`` and ``grants`` of every object that has them.

    The arguments are the rows of the queries of these names. ``grants`` is left out if it equals the owner's
    default.
    """
    attributes: defaultdict[Reference, dict[str, str]] = defaultdict(dict)
    for catalogue, oid, number, description in comments:
        attributes[catalogue, oid, number]["comment"] = description
    for catalogue, oid, number, granted, usual in grants:
        readable_grants = readable(granted)
        if readable_grants != readable(usual):
            attributes[catalogue, oid, number]["grants"] = readable_grants
    return attributes


def readable(items: Iterable[str]) -> str:
    """Return the items of an access list in words, sorted, without grantors.

    An item is PostgreSQL's own text, ``grantee=letters/grantor``.
    """
    grants = []
    for item in items:
        rest, _, _ = item.rpartition("/")
        grantee, _, letters = rest.rpartition("=")
        words = "".join(
            f"{'' if letter == '*' else ', '}{_PRIVILEGES.get(letter, letter)}" for letter in letters
        )
        grants.append(f"{grantee or 'public'}: {words.removeprefix(', ')}")
    return "; ".join(sorted(grants)) or "nobody"
