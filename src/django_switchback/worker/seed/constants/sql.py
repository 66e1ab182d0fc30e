"""Finds the constants that SQL statements compare columns with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from django_switchback.worker.seed.constants.choices import ChoiceRecorder, conditions_of
from django_switchback.worker.seed.constants.interface import Column, Condition, ModelRows

ConditionsByTable: TypeAlias = dict[str, tuple[Condition, ...]]

_MAX_CHARACTERS = 20_000
_DIALECTS = {"postgresql": "postgres"}


def dialect_of(vendor: str) -> str:
    """Return what sqlglot calls a vendor of Django."""
    return _DIALECTS.get(vendor, vendor)


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
    constants = _constants(scope)
    found = dict(constants)
    for owner, condition in _joined(scope, constants):
        found[owner] = (*found.get(owner, ()), condition)
    for owner, conditions in found.items():
        recorder.choose(ModelRows(owner), conditions)


def _constants(scope: Any) -> ConditionsByTable:
    """Return the conditions of one statement on constants, by table."""
    from sqlglot import exp

    tables = _tables(scope)
    found: ConditionsByTable = {}
    for node in _comparisons(scope, exp.EQ, exp.NEQ, exp.In, exp.Like, exp.GT, exp.GTE, exp.LT, exp.LTE):
        owner, path, values = _compared(node, tables)
        if owner and values:
            found[owner] = (*found.get(owner, ()), *conditions_of({path: values}))
    return found


def _joined(scope: Any, constants: ConditionsByTable) -> Iterator[tuple[str, Condition]]:
    """Yield, by table, the conditions of one statement on columns of other rows."""
    from sqlglot import exp

    tables = _tables(scope)
    for node in _comparisons(scope, exp.EQ, exp.In):
        left, right = node.this, node.args.get("query") or node.args.get("expression")
        if isinstance(right, exp.Subquery | exp.Select):
            inner = right.unnest()
            known, inside = _constants(inner), _tables(inner)
            right = inner.expressions[0] if len(inner.expressions) == 1 else None
        else:
            known, inside = constants, tables
        if isinstance(left, exp.Column) and isinstance(right, exp.Column):
            one, other = tables.get(left.table, ""), inside.get(right.table, "")
            if known is constants and one != other:
                yield other, _of_other(right, one, left, known)
            if known is not constants or one != other:
                yield one, _of_other(left, other, right, known)


def _of_other(column: Any, owner: str, other: Any, known: ConditionsByTable) -> Condition:
    """Return the condition that ``column`` has the value of ``other``, a column of ``owner``."""
    return Condition(column.name, (Column(ModelRows(owner, "", known.get(owner, ())), other.name),))


def _comparisons(scope: Any, *kinds: Any) -> Iterator[Any]:
    """Yield the comparisons of one statement, but for those of a statement within it."""
    from sqlglot import exp

    where = scope.args.get("where")
    joins = (join.args.get("on") for join in scope.args.get("joins") or ())
    branches = (branch.this for branch in scope.find_all(exp.If))
    for root in (where, *joins, *branches):
        for node in () if root is None else root.find_all(*kinds):
            around = node.find_ancestor(exp.Select, exp.Subquery)
            if around in {None, scope} or node.find_ancestor(exp.Select) is scope:
                yield node


def _tables(scope: Any) -> dict[str, str]:
    """Return the names of the tables of one statement by alias; the first also by an empty one."""
    from sqlglot import exp

    found: dict[str, str] = {}
    for table in scope.find_all(exp.Table):
        found.setdefault("", _table_name(table))
        found[table.alias_or_name] = _table_name(table)
    return found


def _table_name(table: Any) -> str:
    return f"{table.db}.{table.name}" if table.db else str(table.name)


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
        recorder.create(_table_name(schema.this), values)
