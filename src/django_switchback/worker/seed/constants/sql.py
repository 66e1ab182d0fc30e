"""Finds the constants that SQL statements compare columns with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django_switchback.worker.seed.constants.choices import ChoiceRecorder, conditions_of
from django_switchback.worker.seed.constants.interface import Condition, ModelRows

_MAX_CHARACTERS = 20_000


def choices_in_sql(text: str, parameters: Any, dialect: str, recorder: ChoiceRecorder) -> None:
    """Record the choices of rows in the statements of ``text``; nothing if it cannot be parsed."""
    # Only where there is SQL to read: importing it takes a tenth of a second.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(text) > _MAX_CHARACTERS or not {"where", "case", "values"} & set(text.lower().split()):
        return
    try:
        statements = sqlglot.parse(_with_parameters(text, parameters), read=dialect)
    except SqlglotError:
        return
    for statement in statements:
        if statement is None:
            continue
        for scope in (statement, *statement.find_all(exp.Subquery, exp.Select)):
            _record(scope, recorder)
        if isinstance(statement, exp.Insert):
            _record_inserted(statement, recorder)


def columns_in_conditions(text: str, dialect: str) -> set[str]:
    """Return the names of the columns in the conditions of ``text``; none if it cannot be parsed."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(text) > _MAX_CHARACTERS or "where" not in text.lower():
        return set()
    try:
        statements = sqlglot.parse(text.replace("%s", "NULL"), read=dialect)
    except SqlglotError:
        return set()
    conditions = (node for statement in statements if statement for node in statement.find_all(exp.Where))
    return {column.name for condition in conditions for column in condition.find_all(exp.Column)}


def _with_parameters(text: str, parameters: Any) -> str:
    """Return ``text`` with its ``%s`` replaced by literals."""
    if not isinstance(parameters, list | tuple) or text.count("%s") != len(parameters):
        return text
    for parameter in parameters:
        literal = str(parameter) if isinstance(parameter, int | float) else f"'{_quoted(parameter)}'"
        text = text.replace("%s", literal, 1)
    return text


def _quoted(value: Any) -> str:
    return str(value).replace("'", "''").replace("%s", "")


def _record(scope: Any, recorder: ChoiceRecorder) -> None:
    from sqlglot import exp

    tables = _tables(scope)
    found: dict[str, list[Condition]] = {}
    for root in _conditions(scope):
        for node in root.find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.GT, exp.GTE, exp.LT, exp.LTE):
            if (
                node.find_ancestor(exp.Select, exp.Subquery) not in {None, scope}
                and node.find_ancestor(exp.Select) is not scope
            ):
                continue
            owner, path, values = _compared(node, tables)
            if owner and values:
                found.setdefault(owner, []).extend(conditions_of({path: values}))
    for owner, conditions in found.items():
        recorder.choose(ModelRows(owner), conditions)


def _conditions(scope: Any) -> Iterator[Any]:
    from sqlglot import exp

    where = scope.args.get("where")
    if where is not None:
        yield where
    yield from (branch.this for branch in scope.find_all(exp.If))


def _tables(scope: Any) -> dict[str, str]:
    """Return the names of the tables of one statement by alias; the first also by an empty one."""
    from sqlglot import exp

    found: dict[str, str] = {}
    for table in scope.find_all(exp.Table):
        found.setdefault("", table.name)
        found[table.alias_or_name] = table.name
    return found


def _compared(node: Any, tables: dict[str, str]) -> tuple[str, str, tuple[Any, ...]]:
    """Return table, lookup path and constants of one comparison; an empty table if it has none."""
    from sqlglot import exp

    sides: Iterable[Any] = (node.this, node.args.get("expression"))
    others = node.expressions if isinstance(node, exp.In) else sides
    column = next(
        (side.find(exp.Column) for side in sides if side is not None and side.find(exp.Column)), None
    )
    if column is None:
        return "", "", ()
    values = tuple(value for side in others if side is not None for value in _literal(side))
    keys = (
        [str(part.name) for side in sides if side is not None for part in side.find_all(exp.JSONPathKey)]
        if column.find_ancestor(exp.JSONExtract, exp.JSONExtractScalar)
        else []
    )
    lookups = {exp.GT: "gt", exp.GTE: "gte", exp.LT: "lt", exp.LTE: "lte", exp.Like: "like"}
    path = "__".join([column.name, *keys, lookups.get(type(node), "in")])
    return tables.get(column.table, ""), path, values


def _literal(side: Any) -> tuple[Any, ...]:
    from sqlglot import exp

    if isinstance(side, exp.Paren | exp.Cast):
        return _literal(side.this)
    if isinstance(side, exp.Boolean):
        return (bool(side.this),)
    if isinstance(side, exp.Neg):
        return tuple(-value for value in _literal(side.this))
    if not isinstance(side, exp.Literal):
        return ()
    if side.is_string:
        return (str(side.this),)
    number = float(side.this)
    return (int(number) if number.is_integer() else number,)


def _record_inserted(statement: Any, recorder: ChoiceRecorder) -> None:
    from sqlglot import exp

    schema = statement.this
    if not isinstance(schema, exp.Schema) or not isinstance(schema.this, exp.Table):
        return
    names = [item.name for item in schema.expressions]
    rows = statement.expression
    tuples = (
        rows.expressions if isinstance(rows, exp.Values) else [rows] if isinstance(rows, exp.Select) else []
    )
    for row in tuples:
        values = {name: _literal(item) for name, item in zip(names, row.expressions, strict=False)}
        recorder.create(schema.this.name, values)
