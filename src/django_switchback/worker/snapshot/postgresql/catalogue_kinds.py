"""The kinds of object that are read, each with its query, and the question whether there is any."""

from __future__ import annotations

from typing import NamedTuple

from django_switchback.worker.snapshot.postgresql import (
    constraints,
    others,
    relations,
    routines,
    sequences,
    server_wide,
    types,
)
from django_switchback.worker.snapshot.postgresql.fragments import FIRST_NORMAL_OID


class Family(NamedTuple):
    """A kind of object: its catalogue, its query, and which of the catalogue's rows are worth running it.

    Planning the query of a kind that a database has none of costs more than asking first.
    """

    kind: str
    catalogue: str
    query: str
    among: str = "true"
    oldest: int = FIRST_NORMAL_OID
    table: str | None = None
    """The oid of the table that an object of this kind hangs on, or is."""
    told_by: tuple[str, ...] = ()
    """The catalogues of whose rows about that table an object is made."""

    @property
    def probe(self) -> str:
        """The condition that the database has such objects; it may err on the side of yes."""
        return f"EXISTS (SELECT FROM {self.catalogue} WHERE oid >= {self.oldest} AND {self.among})"


FAMILIES = (
    Family("schema", "pg_namespace", relations.SCHEMAS, oldest=0),
    Family(
        "table",
        "pg_class",
        relations.TABLES,
        "relkind IN ('r', 'p', 'f')",
        table="c.oid",
        told_by=("pg_class",),
    ),
    Family(
        "column",
        "pg_class",
        relations.COLUMNS,
        "relkind IN ('r', 'p', 'f', 'v', 'm')",
        table="a.attrelid",
        told_by=("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint"),
    ),
    Family(
        "constraint",
        "pg_constraint",
        constraints.CONSTRAINTS,
        "conrelid <> 0",
        table="k.conrelid",
        told_by=("pg_constraint", "pg_index"),
    ),
    Family(
        "index",
        "pg_class",
        constraints.INDEXES,
        "relkind IN ('i', 'I')",
        table="i.indrelid",
        told_by=("pg_index", "pg_constraint"),
    ),
    Family(
        "sequence",
        "pg_class",
        sequences.SEQUENCES,
        "relkind = 'S'",
        table="o.refobjid",
        told_by=("pg_sequence",),
    ),
    Family("view", "pg_class", relations.VIEWS, "relkind IN ('v', 'm')"),
    Family("function", "pg_proc", routines.FUNCTIONS),
    Family("trigger", "pg_trigger", routines.TRIGGERS, "NOT tgisinternal"),
    Family("rule", "pg_rewrite", routines.RULES, "rulename <> '_RETURN'"),
    Family("event trigger", "pg_event_trigger", routines.EVENT_TRIGGERS),
    Family(
        "type",
        "pg_type",
        types.TYPES,
        "(typtype <> 'c' AND typcategory <> 'A'"
        " OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))",
    ),
    Family("cast", "pg_cast", types.CASTS),
    Family("operator", "pg_operator", types.OPERATORS),
    Family("operator class", "pg_opclass", types.OPERATOR_CLASSES),
    Family("extension", "pg_extension", others.EXTENSIONS, oldest=0),
    Family("policy", "pg_policy", constraints.POLICIES),
    Family("statistics", "pg_statistic_ext", constraints.STATISTICS),
    Family("collation", "pg_collation", others.COLLATIONS),
    Family("text search configuration", "pg_ts_config", others.SEARCH_CONFIGURATIONS),
    Family("text search dictionary", "pg_ts_dict", others.SEARCH_DICTIONARIES),
    Family("publication", "pg_publication", others.PUBLICATIONS),
    Family("server", "pg_foreign_server", others.FOREIGN_SERVERS),
    Family("grant", "pg_default_acl", others.DEFAULT_PRIVILEGES),
)
SERVER_WIDE = (
    Family("role", "pg_authid", server_wide.ROLES),
    Family("membership", "pg_auth_members", server_wide.MEMBERSHIPS),
    Family("setting", "pg_db_role_setting", server_wide.SETTINGS),
    Family("setting", "pg_file_settings", server_wide.PARAMETERS),
)
"""Those of the whole server."""
PROBES = "SELECT " + ", ".join(family.probe for family in FAMILIES)
