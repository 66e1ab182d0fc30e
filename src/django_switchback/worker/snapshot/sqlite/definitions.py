"""Parses CREATE TABLE and CREATE INDEX statements into values, cached by text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from django_switchback.worker.snapshot.sqlite.sql_tokens import SqlToken, TokenReader, parts, text, tokenize

CACHE_SIZE = 4096
"""Cached definitions: twice the tables and indexes of the largest project."""

_AFTER_TYPE = frozenset(
    ("constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references")
) | {"generated", "as"}
_TABLE_CONSTRAINTS = frozenset({"constraint", "primary", "unique", "check", "foreign"})


class ConstraintDefinition(NamedTuple):
    """A constraint of a table, written with a column or after all columns."""

    name: str
    kind: str
    columns: tuple[str, ...]
    attributes: Mapping[str, str]
    refers: tuple[str, ...] = ()
    """The table that a foreign key refers to, and its columns if they are named."""


class ColumnDefinition(NamedTuple):
    """A column and the attributes of the column itself."""

    name: str
    attributes: Mapping[str, str]


class TableDefinition(NamedTuple):
    """A table: its options, columns and constraints."""

    options: Mapping[str, str]
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[ConstraintDefinition, ...]


@lru_cache(CACHE_SIZE)
def parse_table(statement: str) -> TableDefinition:
    """Return the parsed CREATE TABLE statement.

    Raises :class:`UnreadableDefinition`.
    """
    reader = _after_name(statement)
    columns: list[ColumnDefinition] = []
    constraints: list[ConstraintDefinition] = []
    for part in parts(reader.group()):
        if part[0].keyword in _TABLE_CONSTRAINTS:
            constraints += _constraints(TokenReader(part), None)
        else:
            column, own = _column(TokenReader(part))
            columns.append(column)
            constraints += own
    options = {text(option): "yes" for option in parts(reader.rest())}
    return TableDefinition(options, tuple(columns), tuple(constraints))


@lru_cache(CACHE_SIZE)
def parse_index(statement: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the columns of a CREATE INDEX statement, and its attributes.

    Raises :class:`UnreadableDefinition`.
    """
    reader = _after_name(statement)
    reader.skip("on")
    reader.take()
    terms = parts(reader.group())
    attributes = {"definition": ", ".join(map(_term, terms))}
    if tokenize(statement)[1].keyword == "unique":
        attributes["unique"] = "yes"
    if reader.skip("where"):
        attributes["where"] = text(reader.rest())
    return tuple(term[0].name for term in terms), attributes


@lru_cache(CACHE_SIZE)
def parse_body(statement: str) -> str:
    """Return the normalised text after the name of a CREATE VIEW, TRIGGER or VIRTUAL TABLE statement.

    Raises :class:`UnreadableDefinition`.
    """
    return text(_after_name(statement).rest())


def _after_name(statement: str) -> TokenReader:
    """Return the tokens after ``CREATE … TABLE name``, ``CREATE … INDEX name`` and so on."""
    reader = TokenReader(tokenize(statement))
    while reader.take().keyword not in {"table", "index", "view", "trigger"}:
        pass
    reader.skip("if", "not", "exists")
    reader.take()
    if reader.skip("."):
        reader.take()
    return reader


def _term(term: tuple[SqlToken, ...]) -> str:
    """Return the text of one index term without the default ``ASC``."""
    return text(term[:-1] if term[-1].keyword == "asc" else term)


def _column(reader: TokenReader) -> tuple[ColumnDefinition, tuple[ConstraintDefinition, ...]]:
    name = reader.take().name
    kind: list[SqlToken] = []
    while not reader.done and reader.peek() not in _AFTER_TYPE:
        kind.append(reader.take())
    attributes = {"type": text(kind).replace(" ( ", "(").replace(" )", ")").replace(" , ", ", ")}
    constraints: list[ConstraintDefinition] = []
    while not reader.done:
        if not _read_column_clause(reader, attributes):
            constraints += _constraints(reader, name)
    return ColumnDefinition(name, attributes), tuple(constraints)


def _read_column_clause(reader: TokenReader, attributes: dict[str, str]) -> bool:
    """Read one clause that concerns the column alone; return whether there was one."""
    if reader.skip("not", "null"):
        attributes["not null"] = "yes" + _conflict(reader)
    elif reader.skip("null"):
        _conflict(reader)
    elif reader.skip("default"):
        attributes["default"] = _default(reader)
    elif reader.skip("collate"):
        collation = reader.take().name.lower()
        attributes |= {"collation": collation} if collation != "binary" else {}
    elif reader.skip("generated", "always", "as") or reader.skip("as"):
        expression = text(reader.group())
        stored = reader.skip("stored")
        reader.skip("virtual")
        attributes["generated"] = f"{expression} {'stored' if stored else 'virtual'}"
    else:
        return False
    return True


def _default(reader: TokenReader) -> str:
    if reader.peek() == "(":
        return text(reader.group())
    if reader.peek() in {"-", "+"}:
        return text((reader.take(), reader.take()))
    word = reader.take()
    # SQLite reads a double-quoted name as a string literal here.
    return word.text if word.keyword or word.text.endswith("'") else "'" + word.name.replace("'", "''") + "'"


def _constraints(reader: TokenReader, column: str | None) -> Iterator[ConstraintDefinition]:
    """Read one column constraint, or all constraints of one table-level definition."""
    while not reader.done:
        name = reader.take().name if reader.skip("constraint") else ""
        if column is not None and reader.peek() in {"not", "null", "default", "collate", "generated", "as"}:
            return
        yield _clause(reader, name, column)
        if column is not None:
            return


def _clause(reader: TokenReader, name: str, column: str | None) -> ConstraintDefinition:
    if reader.skip("check"):
        definition = text(reader.group())
        _conflict(reader)
        return ConstraintDefinition(name, "check", (), {"type": "check", "definition": definition})
    if reader.skip("foreign", "key"):
        columns = _names(reader)
        reader.skip("references")
        return _reference(reader, name, columns)
    if column is not None and reader.skip("references"):
        return _reference(reader, name, (column,))
    kind = "primary key" if reader.skip("primary", "key") else "unique"
    if kind == "unique" and not reader.skip("unique"):
        # Not a constraint: reading a missing group raises UnreadableDefinition.
        TokenReader(reader.rest()).group()
    columns, attributes = _key(reader, column)
    return ConstraintDefinition(name, kind, columns, {"type": kind, **attributes})


def _key(reader: TokenReader, column: str | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """Read the columns of a primary key or unique constraint and the clauses after them."""
    if column is None:
        terms = parts(reader.group())
        columns, definition = tuple(term[0].name for term in terms), ", ".join(map(_term, terms))
    else:
        columns, definition = (column,), text(tokenize(f'"{column}"'))
        descending = reader.skip("desc")
        reader.skip("asc")
        definition += " desc" if descending else ""
    attributes = {"definition": definition + _conflict(reader)}
    if reader.skip("autoincrement"):
        attributes["autoincrement"] = "yes"
    return columns, attributes


def _reference(reader: TokenReader, name: str, columns: tuple[str, ...]) -> ConstraintDefinition:
    target = reader.take()
    keys = _names(reader) if reader.peek() == "(" else ()
    shown_keys = f" ({', '.join(keys)})" if keys else ""
    attributes = {
        "type": "foreign key",
        "definition": f"({', '.join(columns)}) references {target.name}{shown_keys}",
        **_reference_options(reader),
    }
    return ConstraintDefinition(name, "foreign key", columns, attributes, (target.name, *keys))


def _reference_options(reader: TokenReader) -> dict[str, str]:
    attributes: dict[str, str] = {}
    while True:
        if reader.skip("on"):
            event, action = reader.take().text, reader.take().text
            action += f" {reader.take().text}" if action in {"set", "no"} else ""
            attributes |= {f"on {event}": action} if action != "no action" else {}
        elif reader.skip("match"):
            reader.take()
        elif reader.skip("not", "deferrable"):
            _timing(reader)
        elif reader.skip("deferrable"):
            attributes |= {"deferrable": "initially deferred"} if _timing(reader) == "deferred" else {}
        else:
            return attributes


def _timing(reader: TokenReader) -> str:
    """Read ``INITIALLY …``; SQLite defers only constraints declared ``DEFERRABLE INITIALLY DEFERRED``."""
    return reader.take().keyword if reader.skip("initially") else ""


def _names(reader: TokenReader) -> tuple[str, ...]:
    return tuple(part[0].name for part in parts(reader.group()))


def _conflict(reader: TokenReader) -> str:
    return f" on conflict {reader.take().text}" if reader.skip("on", "conflict") else ""
