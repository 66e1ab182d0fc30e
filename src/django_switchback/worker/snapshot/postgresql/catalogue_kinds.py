"""The kinds of catalogue objects, each with its query and a condition that any exist."""

from __future__ import annotations

from typing import NamedTuple

from django_switchback.worker.snapshot.postgresql import (
    constraints,
    other_objects,
    read_sequences,
    relations,
    routines,
    server_wide,
    types,
)
from django_switchback.worker.snapshot.postgresql.sql_fragments import FIRST_NORMAL_OID


class ObjectKind(NamedTuple):
    """A kind of object: its catalogue, its query, and the condition under which the query is run.

    Planning the query of a kind without objects costs more than testing first.
    """

    kind: str
    catalogue: str
    query: str
    where: str = "true"
    oldest: int = FIRST_NORMAL_OID
    table: str | None = None
    """The oid of the table that an object of this kind belongs to, or is."""
    depends_on: tuple[str, ...] = ()
    """The catalogues whose rows about that table an object is read from."""

    @property
    def exists_sql(self) -> str:
        """The condition that the database has such objects; false positives are possible."""
        return f"EXISTS (SELECT FROM {self.catalogue} WHERE oid >= {self.oldest} AND {self.where})"


OBJECT_KINDS = (
    ObjectKind("schema", "pg_namespace", relations.SCHEMAS, oldest=0),
    ObjectKind(
        "table",
        "pg_class",
        relations.TABLES,
        "relkind IN ('r', 'p', 'f')",
        table="c.oid",
        depends_on=("pg_class",),
    ),
    ObjectKind(
        "column",
        "pg_class",
        relations.COLUMNS,
        "relkind IN ('r', 'p', 'f', 'v', 'm')",
        table="a.attrelid",
        depends_on=("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint"),
    ),
    ObjectKind(
        "constraint",
        "pg_constraint",
        constraints.CONSTRAINTS,
        "conrelid <> 0",
        table="k.conrelid",
        depends_on=("pg_constraint", "pg_index"),
    ),
    ObjectKind(
        "index",
        "pg_class",
        constraints.INDEXES,
        "relkind IN ('i', 'I')",
        table="i.indrelid",
        depends_on=("pg_index", "pg_constraint"),
    ),
    ObjectKind(
        "sequence",
        "pg_class",
        read_sequences.SEQUENCES,
        "relkind = 'S'",
        table="o.refobjid",
        depends_on=("pg_sequence",),
    ),
    ObjectKind("view", "pg_class", relations.VIEWS, "relkind IN ('v', 'm')"),
    ObjectKind("function", "pg_proc", routines.FUNCTIONS),
    ObjectKind("trigger", "pg_trigger", routines.TRIGGERS, "NOT tgisinternal"),
    ObjectKind("rule", "pg_rewrite", routines.RULES, "rulename <> '_RETURN'"),
    ObjectKind("event trigger", "pg_event_trigger", routines.EVENT_TRIGGERS),
    ObjectKind(
        "type",
        "pg_type",
        types.TYPES,
        "(typtype <> 'c' AND typcategory <> 'A'"
        " OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))",
    ),
    ObjectKind("cast", "pg_cast", types.CASTS),
    ObjectKind("operator", "pg_operator", types.OPERATORS),
    ObjectKind("operator class", "pg_opclass", types.OPERATOR_CLASSES),
    ObjectKind("extension", "pg_extension", other_objects.EXTENSIONS, oldest=0),
    ObjectKind("policy", "pg_policy", constraints.POLICIES),
    ObjectKind("statistics", "pg_statistic_ext", constraints.STATISTICS),
    ObjectKind("collation", "pg_collation", other_objects.COLLATIONS),
    ObjectKind("text search configuration", "pg_ts_config", other_objects.SEARCH_CONFIGURATIONS),
    ObjectKind("text search dictionary", "pg_ts_dict", other_objects.SEARCH_DICTIONARIES),
    ObjectKind("publication", "pg_publication", other_objects.PUBLICATIONS),
    ObjectKind("server", "pg_foreign_server", other_objects.FOREIGN_SERVERS),
    ObjectKind("grant", "pg_default_acl", other_objects.DEFAULT_PRIVILEGES),
)
SERVER_WIDE = (
    ObjectKind("role", "pg_authid", server_wide.ROLES),
    ObjectKind("membership", "pg_auth_members", server_wide.MEMBERSHIPS),
    ObjectKind("setting", "pg_db_role_setting", server_wide.SETTINGS),
    ObjectKind("setting", "pg_file_settings", server_wide.PARAMETERS),
)
"""Kinds of server-wide objects."""
PROBES = "SELECT " + ", ".join(kind.exists_sql for kind in OBJECT_KINDS)
