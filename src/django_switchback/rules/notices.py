"""What a reader has to know of a run before anything else: what it did not rehearse, or did not replace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django_switchback.evidence import AnyRecord, DatabaseStarted, ProjectDescribed, RunStarted
from django_switchback.rules.wording import enumerate_items

KEPT = {"storage": "files", "mail": "mail", "caches": "caches"}


def run_notices(records: tuple[AnyRecord, ...]) -> tuple[str, ...]:
    """Return sentences on the run as a whole, each once."""
    on = sorted({record.engine for record in records if isinstance(record, DatabaseStarted)})
    return tuple(dict.fromkeys(sentence for record in records for sentence in _of(record, on)))


def _of(record: AnyRecord, on: Sequence[str]) -> Iterator[str]:
    if isinstance(record, RunStarted):
        yield from _of_run(record, on)
    if isinstance(record, ProjectDescribed):
        if record.other_engine:
            yield (
                f"The project's own engine was not rehearsed: database {record.alias!r} is "
                f"{record.other_engine}, and what follows was seen on {enumerate_items(on)}."
            )
        if record.schemas_by:
            yield (
                f"Only the public schema was rehearsed: {record.schemas_by} has a command migrate_schemas, "
                "and the schemas that it migrates are not made here."
            )


def _of_run(run: RunStarted, on: Sequence[str]) -> Iterator[str]:
    if run.own_url:
        yield (
            f"The project's own engine was not rehearsed: its DATABASE_URL is {run.own_url}://, and what "
            f"follows was seen on {enumerate_items(on)}."
        )
    if run.kept:
        yield (
            f"The project's own {enumerate_items([KEPT[keep] for keep in run.kept])} were used, as keep in "
            "[tool.switchback] says: migrations may have changed what is there."
        )
