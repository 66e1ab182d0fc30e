"""Hash what a finding is about, so that machines recognise it in the next run and on another database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django_switchback import evidence
from django_switchback.evidence import MigrationName
from django_switchback.rules import exhibits
from django_switchback.rules.interface import Finding

FINGERPRINT_CHARACTERS = 32


def cause(finding: Finding, migration: MigrationName | None) -> str:
    """Return a hash of the rule, the migration and what the exhibits are about; 32 hexadecimal digits.

    Messages, counts, times and rows are left out: they change with the seed, the version or the database.
    """
    about = sorted({part for exhibit in finding.exhibits for part in _about(exhibit)})
    return _digest(finding.rule, str(migration or ""), *about)


def skip_cause(migration: MigrationName) -> str:
    """Return the hash for a migration that was skipped, for whatever reason."""
    return _digest("skipped", str(migration))


def _digest(*parts: str) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:FINGERPRINT_CHARACTERS]


def _about(exhibit: exhibits.Exhibit) -> Iterator[str]:
    match exhibit:
        case exhibits.FailedStep(step=step):
            yield from (step.direction, *_failure(step.failure))
        case evidence.ScratchFinished(failure=failure):
            yield from _failure(failure)
        case exhibits.RowDifferences(rows=rows):
            yield from (f"{row.table}.{column}" for row in rows for column in row.columns or ("",))
        case exhibits.SchemaDifferences() | exhibits.DriftedSchema():
            yield from (f"{difference.kind} {difference.name}" for difference in exhibit.differences)
        case evidence.MigrationChanged(migration=changed, change=change):
            yield from (str(changed), change)
        case exhibits.StaleAcknowledgement(migration=migration, rule=rule):
            yield from (migration, rule)
        case (
            evidence.OldCodeTried(statement=statement, table=table)
            | evidence.OldCodeInDeployWindow(statement=statement, table=table)
        ):
            yield f"{statement} {table}"
        case _:
            yield from (str(getattr(exhibit, name, "")) for name in _IDENTIFYING_FIELDS)


_IDENTIFYING_FIELDS = ("id", "app", "description", "function", "address")
"""The fields that tell the other kinds of exhibits apart."""


_DATABASE_ERRORS = frozenset({"InternalError", "NotSupportedError", "OperationalError", "ProgrammingError"})
"""What one database raises for a fault for which another raises another of these: a missing table, say."""


def _failure(failure: evidence.Failure | None) -> tuple[str, ...]:
    if failure is None:
        return ()
    name = failure.type.rpartition(".")[2]
    return ("DatabaseError" if name in _DATABASE_ERRORS else failure.type, failure.operation or "")
