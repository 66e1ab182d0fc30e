"""Reads from statements what unique indexes compare.

The models of a state say nothing of an index that only ``RunSQL`` knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from django_switchback.worker.seed.constants.sql import dialect_of


class UniqueIndex(NamedTuple):
    """What a unique index compares, as SQL, in the rows that meet ``condition``; the columns of both.

    ``texts`` are the constants in the expressions.
    """

    expressions: tuple[str, ...]
    columns: tuple[str, ...]
    condition: str = ""
    columns_of_condition: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()


UniqueIndexes: TypeAlias = dict[str, tuple[UniqueIndex, ...]]
"""By table."""


def quoted(name: str) -> str:
    """Return a column alone, as :class:`UniqueIndex` has it."""
    return '"' + name.replace('"', '""') + '"'


def unique_indexes_in(text: str, vendor: str) -> Iterator[tuple[str, UniqueIndex]]:
    """Yield the unique indexes that the statements of ``text`` create, with their tables.

    Nothing if the statements cannot be parsed.
    """
    # Only where there is SQL to read: importing it takes a tenth of a second.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    dialect = dialect_of(vendor)
    try:
        statements = sqlglot.parse(text, read=dialect)
    except SqlglotError:
        return
    for statement in statements:
        match statement:
            case exp.Create(args={"unique": True}, this=exp.Index(args={"table": table, "params": index})):
                terms = [_term(term) for term in index.args.get("columns") or ()]
                if terms:
                    yield table.name, _unique_index(terms, index.args.get("where"), dialect)


def _unique_index(terms: list[Any], where: Any, dialect: str) -> UniqueIndex:
    from sqlglot import exp

    literals = (literal for term in terms for literal in term.find_all(exp.Literal))
    return UniqueIndex(
        tuple(quoted(term.name) if isinstance(term, exp.Column) else term.sql(dialect) for term in terms),
        _columns(terms),
        "" if where is None else where.this.sql(dialect),
        () if where is None else _columns([where]),
        frozenset(literal.name for literal in literals if literal.is_string and literal.name),
    )


def _term(term: Any) -> Any:
    """Return a term of an index without its order and parentheses."""
    from sqlglot import exp

    while isinstance(term, exp.Ordered | exp.Paren):
        term = term.this
    return term


def _columns(nodes: list[Any]) -> tuple[str, ...]:
    from sqlglot import exp

    return tuple(dict.fromkeys(column.name for node in nodes for column in node.find_all(exp.Column)))
