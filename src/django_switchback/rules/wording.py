"""Counts, differences and rows as words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django_switchback.evidence import Difference, Failure, MigrationFact, Operation, RowDifference

LONGEST = 240
"""Characters of an exception's message that a sentence repeats; the evidence holds it whole."""
NAMED = 3
"""Things that a sentence names one by one; the evidence holds them all."""

SIGNS = frozenset("+-~ps?")
"""``django.db.migrations.operations.base.OperationCategory``."""


def count(number: int, noun: str) -> str:
    """Return ``1 row`` or ``2 rows``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(items: Sequence[str]) -> str:
    """Return ``a, b and c``, with what is beyond the first few as a number."""
    if len(items) > NAMED + 1:
        items = (*items[:NAMED], f"{len(items) - NAMED} more")
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def raised(failure: Failure | None) -> str:
    """Return the exception's type and its message's first line, shortened."""
    if failure is None:
        return "an exception that was not recorded"
    lines = failure.message.strip().splitlines()
    message = lines[0] if lines else ""
    if len(message) > LONGEST:
        message = message[: LONGEST - 1] + "…"
    return f"{failure.type}: {message}" if message else failure.type


def at_operation(fact: MigrationFact, failure: Failure | None) -> str:
    """Return `` in <operation>``, or nothing where it is not known."""
    named = operation_name(fact, failure.operation if failure else None)
    return f" in {named}" if named else ""


def difference(one: Difference) -> str:
    """Return one difference as words, seen from the first of two schemas."""
    what = f"{one.kind} {one.name}"
    if one.table and one.table != one.name and not one.name.startswith(f"{one.table}."):
        what += f" on {one.table}"
    match one.change:
        case "missing":
            return f"{what} is missing"
        case "extra":
            return f"{what} is left over"
        case "renamed":
            return f"{what} is now named {one.after}"
        case "different":
            return f"{what} has {one.attribute} {shown(one.after)} instead of {shown(one.before)}"


def shown(value: str | None) -> str:
    """Return a value of the catalogue or of a row, with nothing told apart from the empty text."""
    return "none" if value is None else value or "''"


def rows(differences: Iterable[RowDifference], change: str) -> str:
    """Return ``3 rows of blog_post and 1 row of blog_tag`` for ``lost``, ``added`` or ``changed``."""
    counts = ((one, int(getattr(one, change))) for one in differences)
    return listed([f"{count(number, 'row')} of {_place(one, change)}" for one, number in counts if number])


def _place(one: RowDifference, change: str) -> str:
    return f"{one.table} ({listed(one.columns)})" if change == "changed" and one.columns else one.table


def irreversible_operations(fact: MigrationFact) -> str:
    """Return the operations without a reverse, as the migration describes them."""
    return listed([described(one) for one in fact.operations if not one.reversible])


def destructive_operations(fact: MigrationFact) -> str:
    """Return the operations that remove something, as the migration describes them."""
    return listed([described(one) for one in fact.operations if one.destructive])


def operation_name(fact: MigrationFact, named: str | None) -> str | None:
    """Return the operation that an exception names, with its class where the migration has it."""
    if named is None:
        return None
    for one in fact.operations:
        if one.description == named:
            return described(one)
    return f'"{_bare(named)}"'


def described(one: Operation) -> str:
    """Return the operation's class with its description."""
    return f"{one.kind} ({_bare(one.description)})"


def _bare(description: str) -> str:
    """Return the description without the sign that Django puts before it."""
    sign, space, rest = description.partition(" ")
    return rest if space and sign in SIGNS else description
