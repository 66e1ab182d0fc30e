"""Format counts, differences and rows for sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django_switchback import evidence
from django_switchback.untrusted_text import truncate

MAX_MESSAGE_CHARACTERS = 240
"""Characters of an exception's message in a sentence; the evidence holds the whole message."""
MAX_NAMED_ITEMS = 3
"""Items that a sentence names individually; the evidence holds all."""

_ROW_DETAIL = "DETAIL: Failing row contains"

MAX_SQL_CHARACTERS = 160
"""Characters of a statement in a sentence."""

SIGNS = frozenset("+-~ps?")
"""``django.db.migrations.operations.base.OperationCategory``."""


def doing(migration: evidence.MigrationName, direction: evidence.Direction) -> str:
    """Return ``Applying blog.0002_x`` or ``Rolling back blog.0002_x``."""
    return f"{'Rolling back' if direction == 'rollback' else 'Applying'} {migration}"


def shown_sql(sql: str) -> str:
    """Return a statement in one line, shortened."""
    return truncate(" ".join(sql.split()), MAX_SQL_CHARACTERS)


def count(number: int, noun: str) -> str:
    """Return ``1 row`` or ``2 rows``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def dropped_rows(difference: evidence.RowDifference) -> str:
    """Return ``blog_post.slug of 12 rows`` or ``12 rows of blog_tag``: what goes with columns or a table."""
    rows = count(difference.lost or difference.changed, "row")
    columns = ", ".join(f"{difference.table}.{column}" for column in difference.columns)
    return f"{columns} of {rows}" if columns else f"{rows} of {difference.table}"


def enumerate_items(items: Sequence[str]) -> str:
    """Return ``a, b and c``, with a count in place of the items after the first few."""
    if len(items) > MAX_NAMED_ITEMS + 1:
        items = (*items[:MAX_NAMED_ITEMS], f"{len(items) - MAX_NAMED_ITEMS} more")
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def exception_summary(failure: evidence.Failure | None) -> str:
    """Return the exception's type and its message's first line, shortened."""
    if failure is None:
        return "an exception that was not recorded"
    lines = failure.message.strip().splitlines()
    message = truncate(lines[0], MAX_MESSAGE_CHARACTERS) if lines else ""
    return f"{failure.type}: {message}" if message else failure.type


def outcome_of_plain_migrate(confirmed: evidence.Confirmed) -> str:
    """Return what plain ``migrate`` did in place of the failure of the rehearsal."""
    if confirmed.status == 0:
        return "does not fail there"
    if confirmed.status < 0:
        return "does not end there in time"
    raised = truncate(_last_exception(confirmed.output), MAX_MESSAGE_CHARACTERS)
    return f"fails there with another error ({raised or f'exit status {confirmed.status}'})"


def _last_exception(output: str) -> str:
    """Return the first line of the exception in the last traceback of ``output``; empty without any."""
    _, found, rest = output.rpartition("Traceback (most recent call last):\n")
    lines = rest.splitlines() if found else []
    return next((line.strip() for line in lines if line and not line.startswith(" ")), "")


def statement_outcome(attempt: evidence.StatementTried) -> str:
    """Return what a broken statement raises, or the columns that it reads as ``None``."""
    if attempt.failure is None and attempt.read_as_none:
        return f"it reads None from {enumerate_items(attempt.read_as_none)}, which must have a value"
    return exception_with_hint(attempt.failure)


def exception_with_hint(failure: evidence.Failure | None) -> str:
    """Return :func:`exception_summary` with PostgreSQL's DETAIL and HINT, each shortened.

    A DETAIL that only has the values of the row is left out.
    """
    lines = failure.message.splitlines() if failure is not None else []
    parts = [" ".join(line.split()) for line in lines[1:] if line.startswith(("DETAIL:", "HINT:"))]
    shown = [truncate(part, MAX_MESSAGE_CHARACTERS) for part in parts if not part.startswith(_ROW_DETAIL)]
    return " ".join([exception_summary(failure), *(f"({part})" for part in shown)])


def in_operation(fact: evidence.MigrationFact, failure: evidence.Failure | None) -> str:
    """Return `` in <operation>``, or an empty string if the operation is unknown."""
    named = operation_name(fact, failure.operation if failure else None)
    return f" in {named}" if named else ""


def describe_difference(difference: evidence.Difference) -> str:
    """Return a phrase for one difference, relative to the first of two schemas."""
    what = f"{difference.kind} {difference.name}"
    if (
        difference.table
        and difference.table != difference.name
        and not difference.name.startswith(f"{difference.table}.")
    ):
        what += f" on {difference.table}"
    match difference.change:
        case "missing":
            return f"{what} is missing"
        case "extra":
            return f"{what} is left over"
        case "renamed":
            return f"{what} is now named {difference.after}"
        case "different":
            return (
                f"{what} has {difference.attribute} {describe_value(difference.after)} instead of "
                f"{describe_value(difference.before)}"
            )


def describe_value(value: str | None) -> str:
    """Return a catalogue or row value as text, with ``none`` for NULL and ``''`` for an empty string."""
    return "none" if value is None else value or "''"


def count_rows(differences: Iterable[evidence.RowDifference], change: str) -> str:
    """Return ``3 rows of blog_post and 1 row of blog_tag`` for ``lost``, ``added`` or ``changed``."""
    counts = ((difference, int(getattr(difference, change))) for difference in differences)
    return enumerate_items(
        [f"{count(number, 'row')} of {_place(difference, change)}" for difference, number in counts if number]
    )


def _place(difference: evidence.RowDifference, change: str) -> str:
    return (
        f"{difference.table} ({enumerate_items(difference.columns)})"
        if change == "changed" and difference.columns
        else difference.table
    )


def irreversible_operations(fact: evidence.MigrationFact) -> str:
    """Return the migration's descriptions of its operations without a reverse."""
    return enumerate_items(
        [describe_operation(operation) for operation in fact.operations if not operation.reversible]
    )


def destructive_operations(fact: evidence.MigrationFact) -> str:
    """Return the migration's descriptions of its destructive operations."""
    return enumerate_items(
        [describe_operation(operation) for operation in fact.operations if operation.destructive]
    )


def operation_name(fact: evidence.MigrationFact, description: str | None) -> str | None:
    """Return the operation with this description, with its class if the migration contains it."""
    if description is None:
        return None
    for operation in fact.operations:
        if operation.description == description:
            return describe_operation(operation)
    return f'"{_without_sign(description)}"'


def describe_operation(operation: evidence.Operation) -> str:
    """Return an operation's class and description."""
    return f"{operation.kind} ({_without_sign(operation.description)})"


def _without_sign(description: str) -> str:
    """Return the description without Django's operation category sign."""
    sign, space, rest = description.partition(" ")
    return rest if space and sign in SIGNS else description
