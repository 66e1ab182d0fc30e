"""Notices at the top of a report: what the run did not rehearse or did not replace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django_switchback.evidence import (
    AnyRecord,
    ConnectionLost,
    DatabaseStarted,
    ProjectDescribed,
    RunStarted,
)
from django_switchback.rules.wording import enumerate_items

KEEP_LABELS = {"storage": "files", "mail": "mail", "caches": "caches"}


def run_notices(records: tuple[AnyRecord, ...]) -> tuple[str, ...]:
    """Return the notices of a run as sentences, without duplicates."""
    engines = sorted({record.engine for record in records if isinstance(record, DatabaseStarted)})
    return tuple(
        dict.fromkeys(sentence for record in records for sentence in _record_notices(record, engines))
    )


def _record_notices(record: AnyRecord, engines: Sequence[str]) -> Iterator[str]:
    if isinstance(record, RunStarted):
        yield from _run_started_notices(record, engines)
    if isinstance(record, ConnectionLost):
        what = f"part {record.part!r} of the plan"
        if record.migrations:
            what = f"the cycle of {enumerate_items(tuple(map(str, record.migrations)))}"
        yield (
            f"On {record.database}, {what} was repeated from its beginning, since the server ended a "
            f"connection ({record.reason})."
        )
    if isinstance(record, ProjectDescribed):
        if record.other_engine:
            yield (
                f"The project's own engine was not rehearsed: database {record.alias!r} is "
                f"{record.other_engine}, and the results below are from {enumerate_items(engines)}."
            )
        if record.schemas_by:
            yield (
                f"Only the public schema was rehearsed: {record.schemas_by} has a command migrate_schemas, "
                "and the schemas that it migrates are not rehearsed."
            )


def _run_started_notices(run: RunStarted, engines: Sequence[str]) -> Iterator[str]:
    if run.own_url:
        yield (
            f"The project's own engine was not rehearsed: its DATABASE_URL is {run.own_url}://, and the "
            f"results below are from {enumerate_items(engines)}."
        )
    if run.kept:
        yield (
            f"The project's own {enumerate_items([KEEP_LABELS[keep] for keep in run.kept])} were used "
            f"(keep in "
            "[tool.switchback]): migrations may have changed data there."
        )
