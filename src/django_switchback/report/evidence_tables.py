"""Convert a finding's exhibits into tables for the report formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django_switchback import evidence
from django_switchback.rules import exhibits
from django_switchback.rules.interface import Finding, of_type
from django_switchback.rules.wording import count, describe_value, exception_summary, statement_outcome
from django_switchback.untrusted_text import single_line, truncate

MAX_LINES = 12
"""Lines of a table to show; the JSON report has all of them."""
MAX_CELL_CHARACTERS = 48
"""Characters of a table cell to show in text."""
MAX_WRAPPED_CHARACTERS = 240
"""Characters of a table cell to show on a page, where it wraps."""
MAX_ROWS_OF_A_TEST = 50
"""Rows of a test to show; a search that its time limit ended may leave a thousand."""


class EvidenceTable(NamedTuple):
    """A table of evidence: caption, column headings, lines, and the number of omitted lines.

    Every text is a single line without invisible characters.
    """

    caption: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    omitted: int = 0


def tabulate(finding: Finding, cell_characters: int = MAX_CELL_CHARACTERS) -> tuple[EvidenceTable, ...]:
    """Return the finding's exhibits as tables; empty if its message says everything.

    Cells are cut at ``cell_characters``, at most :data:`MAX_WRAPPED_CHARACTERS`.
    """
    shown = finding.exhibits
    tables = (
        *(_differences(schema.differences) for schema in of_type(shown, exhibits.SchemaDifferences)),
        *(_differences(drift.differences) for drift in of_type(shown, exhibits.DriftedSchema)),
        *(_rows(difference) for rows in of_type(shown, exhibits.RowDifferences) for difference in rows.rows),
        *(_minimal_rows(minimal, finding) for minimal in of_type(shown, evidence.MinimalRowsFound)),
        _attempts(of_type(shown, evidence.StatementTried)),
        _scenarios(of_type(shown, evidence.ScenarioRan)),
        _checks(of_type(shown, evidence.SystemChecked)),
        *(_operations(drift.operations) for drift in of_type(shown, evidence.ModelsDrifted)),
        _operations(operation.description for operation in of_type(shown, evidence.Operation)),
    )
    return tuple(_cut(table, cell_characters) for table in tables if table.lines)


def _cut(table: EvidenceTable, characters: int) -> EvidenceTable:
    lines = tuple(tuple(truncate(cell, characters) for cell in line) for line in table.lines)
    return table._replace(lines=lines)


def minimal_test(finding: Finding) -> str | None:
    """Return the test that reproduces the finding with minimal rows, if there is one."""
    found = of_type(finding.exhibits, evidence.MinimalRowsFound)
    return next((minimal.test for minimal in found if len(minimal.rows) <= MAX_ROWS_OF_A_TEST), None)


def migrations_to_write(finding: Finding) -> str | None:
    """Return the source of the migrations of two releases, each under when to deploy it, if there are any."""
    written = [
        f"# {migration.name}.py: {migration.task}\n{migration.code}"
        for planned in of_type(finding.exhibits, evidence.TwoReleases)
        for migration in planned.migrations
        if migration.code
    ]
    return "\n\n".join(written) or None


def other_phases(finding: Finding) -> tuple[str, ...]:
    """Return the differing messages of the same rule for other phases."""
    return tuple(
        f"{other.phase}: {other.message}" for other in of_type(finding.exhibits, exhibits.OtherPhase)
    )


def _table(caption: str, headings: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> EvidenceTable:
    safe = tuple(
        tuple(truncate(single_line(cell), MAX_WRAPPED_CHARACTERS) for cell in line) for line in lines
    )
    return EvidenceTable(single_line(caption), headings, safe[:MAX_LINES], max(0, len(safe) - MAX_LINES))


def _differences(differences: tuple[evidence.Difference, ...]) -> EvidenceTable:
    lines = ((_object(difference), difference.change, *_sides(difference)) for difference in differences)
    return _table("", ("object", "change", "before", "after"), lines)


def _object(difference: evidence.Difference) -> str:
    on = (
        f" on {difference.table}"
        if difference.table and not difference.name.startswith(difference.table)
        else ""
    )
    attribute = (
        f": {difference.attribute}" if difference.attribute and difference.change == "different" else ""
    )
    return f"{difference.kind} {difference.name}{on}{attribute}"


def _sides(difference: evidence.Difference) -> tuple[str, str]:
    if difference.change in {"missing", "extra"}:
        sides = "there", "not there"
        return sides if difference.change == "missing" else sides[::-1]
    return describe_value(difference.before), describe_value(difference.after)


def _rows(difference: evidence.RowDifference) -> EvidenceTable:
    counts = [
        f"{number} {word}" for word in ("lost", "changed", "added") if (number := getattr(difference, word))
    ]
    caption = (
        f"{difference.table}: {count(difference.lost + difference.changed + difference.added, 'row')} "
        f"({', '.join(counts)})"
    )
    lines = tuple(line for example in difference.examples for line in _example(example))
    return _table(caption, ("row", "change", "column", "before", "after"), lines or (("", "", "", "", ""),))


def _minimal_rows(minimal: evidence.MinimalRowsFound, finding: Finding) -> EvidenceTable:
    """Return the minimal rows, one line for each relevant value.

    Of more than are shown, those of the new release and of the finding's tables come first, and the rows that
    refer to others before these: what fails is in the last ones.
    """
    limit = "" if minimal.complete else "; fewer may suffice, the time limit was reached"
    caption = f"Minimal rows that reproduce it ({len(minimal.rows)} of {minimal.on_board}{limit}):"
    lines = [line for row in minimal.rows for line in _seeded_row(row)]
    if len(lines) > MAX_LINES:
        last = minimal.rows[::-1]
        found = sorted(last, key=lambda row: (row.written == "before", row.table not in finding.tables))
        lines = [line for row in found for line in _seeded_row(row)]
    return _table(caption, ("row", "column", "value"), lines)


def _seeded_row(row: evidence.SeededRow) -> tuple[tuple[str, ...], ...]:
    place = f"{row.table}{', written after it' if row.written == 'after' else ''}"
    values = [(column, describe_value(row.values.get(column))) for column in row.columns] or [("", "")]
    return tuple((place if number == 0 else "", *value) for number, value in enumerate(values))


def _example(example: evidence.RowExample) -> tuple[tuple[str, ...], ...]:
    key = ", ".join(f"{column}={describe_value(value)}" for column, value in example.key.items())
    columns = example.columns or tuple(dict.fromkeys((*example.before, *example.after)))
    chosen = [column for column in columns if column not in example.key] or list(columns)
    lines = [
        (column, _value(example.before, column), _value(example.after, column))
        for column in chosen[: MAX_LINES // 3]
    ]
    return tuple(
        (key if number == 0 else "", example.change if number == 0 else "", *line)
        for number, line in enumerate(lines or [("", "", "")])
    )


def _value(values: dict[str, str | None], column: str) -> str:
    return describe_value(values[column]) if column in values else ""


def _attempts(attempts: tuple[evidence.StatementTried, ...]) -> EvidenceTable:
    lines = ((attempt.statement, attempt.table, statement_outcome(attempt)) for attempt in attempts)
    return _table("", ("statement", "table", "raises"), lines)


def _scenarios(ran: tuple[evidence.ScenarioRan, ...]) -> EvidenceTable:
    lines = (
        (record.moment, f"{record.path}:{record.line}", record.function, exception_summary(record.failure))
        for record in ran
    )
    return _table("", ("moment", "where", "function", "raises"), lines)


def _checks(checks: tuple[evidence.SystemChecked, ...]) -> EvidenceTable:
    # A single message is in the finding's message already.
    lines = ((check.id, check.message) for check in checks if len(checks) > 1)
    return _table("", ("check", "message"), lines)


def _operations(operations: Iterable[str]) -> EvidenceTable:
    return _table("", ("operation",), ((operation,) for operation in operations))
