"""Notices at the top of a report: what the run did not rehearse or did not replace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django_switchback import evidence
from django_switchback.rules.wording import count, enumerate_items

KEEP_LABELS = {"storage": "files", "mail": "mail", "caches": "caches"}


def run_notices(records: tuple[evidence.AnyRecord, ...]) -> tuple[str, ...]:
    """Return the notices of a run as sentences, without duplicates."""
    engines = sorted({record.engine for record in records if isinstance(record, evidence.DatabaseStarted)})
    found = (sentence for record in records for sentence in _record_notices(record, engines))
    more = (
        *_cache_notices(records),
        *_lock_notices(records, engines),
        *_record_gap_notices(records),
        *_receiver_notices(records),
    )
    return tuple(dict.fromkeys((*found, *more)))


def _record_notices(record: evidence.AnyRecord, engines: Sequence[str]) -> Iterator[str]:
    if isinstance(record, evidence.RunStarted):
        yield from _run_started_notices(record, engines)
    if isinstance(record, evidence.ConnectionLost):
        what = f"part {record.part!r} of the plan"
        if record.migrations:
            what = f"the cycle of {enumerate_items(tuple(map(str, record.migrations)))}"
        yield (
            f"On {record.database}, {what} was repeated from its beginning, since the server ended a "
            f"connection ({record.reason})."
        )
    if isinstance(record, evidence.ProjectDescribed):
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
        if record.package:
            yield (
                f"No app in the project's folder has migrations: those of {record.package}, which "
                f"{' '.join(record.program)} belongs to, count as the project's own "
                f"({', '.join(record.first_party)}). Choose by --app or --migration."
            )


def _run_started_notices(run: evidence.RunStarted, engines: Sequence[str]) -> Iterator[str]:
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


def _cache_notices(records: tuple[evidence.AnyRecord, ...]) -> Iterator[str]:
    """Yield what was taken from the cache, and what is wrong with it."""
    taken: dict[tuple[str, str], int] = {}
    for record in records:
        if isinstance(record, evidence.TakenFromCache):
            key = record.database, record.started
            taken[key] = taken.get(key, 0) + len(record.migrations)
    for (database, started), number in taken.items():
        yield (
            f"From the cache: {count(number, 'target')} on {database} went up, back and up again in the run "
            f"of {started}; nothing that this depends on has changed since. The unwind is of this run."
        )
    for record in records:
        if isinstance(record, evidence.HistoryTakenFromCache):
            yield (
                f"From the cache: the first {count(record.migrations, 'migration')} on {record.database}, up "
                f"to {record.last}, in a database that the run of {record.started} has kept; nothing that it "
                "depends on has changed since. The way to head was continued from there."
            )
        if isinstance(record, evidence.CacheFailed):
            yield f"The cache does not keep everything: {record.reason}."


def _lock_notices(records: tuple[evidence.AnyRecord, ...], engines: Sequence[str]) -> Iterator[str]:
    """Yield a notice where no server counts what steps do."""
    judged = any(
        isinstance(record, evidence.RunStarted) and record.check == "migrations" and record.deploy_window
        for record in records
    )
    if judged and engines == ["sqlite"]:
        yield (
            "Locks, rewrites and work that grows with the rows were not judged: SQLite locks the whole "
            "database for every write. Rehearse on PostgreSQL for that."
        )


def _record_gap_notices(records: tuple[evidence.AnyRecord, ...]) -> Iterator[str]:
    """Yield a notice on the one interruption that no migration can do anything about."""
    if any(isinstance(record, evidence.InterruptionTried) for record in records):
        yield (
            "Django records a migration after its last commit: an interruption between the two leaves any "
            "migration done and not recorded. Compare the schema then, and record it with migrate --fake."
        )


def _receiver_notices(records: tuple[evidence.AnyRecord, ...]) -> Iterator[str]:
    """Yield one notice on what receivers of signals do at every ``migrate``."""
    found = [record for record in records if isinstance(record, evidence.ReceiversWrote)]
    if not found:
        return
    receivers = {name: [record for record in found if name in record.receivers] for name in _names(found)}
    done = [f"{name} ({'; '.join(_doings(of_receiver))})" for name, of_receiver in receivers.items()]
    yield (
        "At every migrate, also at one with nothing to do, receivers of signals act: "
        f"{enumerate_items(done)}. No migration is blamed for that, and comparisons leave it out."
    )


def _names(records: Sequence[evidence.ReceiversWrote]) -> list[str]:
    return sorted({name for record in records for name in record.receivers})


def _doings(records: Sequence[evidence.ReceiversWrote]) -> Iterator[str]:
    """Yield what one receiver does, each table or object once."""
    for raised in dict.fromkeys(record.raised for record in records if record.raised):
        yield f"raises {raised.splitlines()[0]}"
    for changed in sorted({record.object for record in records if record.object}):
        yield f"changes {changed}"
    for table in sorted({record.table for record in records if record.table}):
        of_table = [record for record in records if record.table == table]
        columns = sorted({column for record in of_table for column in record.columns})
        yield from (["changes " + f"{table} ({', '.join(columns)})"] if columns else [])
        yield from ([f"adds rows to {table}"] if any(record.added for record in of_table) else [])
        yield from ([f"deletes rows of {table}"] if any(record.deleted for record in of_table) else [])
