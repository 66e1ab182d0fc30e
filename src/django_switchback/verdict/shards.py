"""Merge the evidence of shards: what each has rehearsed, and whether they are all parts of one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias

import msgspec

from django_switchback.errors import UsageError
from django_switchback.evidence import (
    CHECKPOINTS_PART,
    AnyRecord,
    DatabaseStarted,
    Phase,
    ProjectDescribed,
    RunFinished,
    RunStarted,
    RunStopped,
    Shard,
    ShardPlanned,
)
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence
from django_switchback.rules.selection.steps import PHASES
from django_switchback.rules.wording import enumerate_items
from django_switchback.verdict.interface import ShardReport

Inputs: TypeAlias = dict[tuple[str, str, str], object]
"""What shards of one run have in common: by the kind of record, the database or alias, and the field."""

LABELS = {
    "seed": "--seed",
    "version": "the version of Switchback",
    "fail_on": "--fail-on",
    "deploy_window": "--no-deploy-window",
    "hot_tables": "--hot-tables",
    "contents": "the migrations",
    "migrations": "the migrations",
    "django": "the version of Django",
    "python": "the version of Python",
    "parts": "the division of the plan",
}
"""Names of fields that may differ, for messages; others have their own."""
NOT_COMPARED = {"id", "started", "shard", "database", "manage_path"}


class UnmergeableShards(UsageError):
    """Reports logs of shards that are not those of one run, each once."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the shards cannot be merged: {problem}; expected the log of each shard of one run, once"
        )


class ShardRun(NamedTuple):
    """A run with ``--shard``: what it has of each planned database, and whether its log goes to the end."""

    shard: Shard
    records: tuple[AnyRecord, ...]
    planned: Mapping[str, ShardPlanned]
    ended: bool


class Runs(NamedTuple):
    """The runs with ``--shard``, and the databases of those without."""

    shards: tuple[ShardRun, ...]
    whole: frozenset[str]


def in_order(records: tuple[AnyRecord, ...]) -> tuple[AnyRecord, ...]:
    """Return the records with the shards in order, without what other shards of the run record as well."""
    runs = sorted(_runs(records), key=_number)
    return tuple(record for run in runs for record in run if getattr(record, "part", "") != CHECKPOINTS_PART)


def _runs(records: Sequence[AnyRecord]) -> list[tuple[AnyRecord, ...]]:
    """Return the records of each run."""
    starts = [place for place, record in enumerate(records) if isinstance(record, RunStarted)]
    borders = [0, *starts[1:], len(records)] if starts else [0, len(records)]
    return [tuple(records[start:end]) for start, end in pairwise(borders)]


def _shard(run: Sequence[AnyRecord]) -> Shard | None:
    return next((record.shard for record in run if isinstance(record, RunStarted)), None)


def _number(run: Sequence[AnyRecord]) -> int:
    shard = _shard(run)
    return 0 if shard is None else shard.number


def runs_of(records: tuple[AnyRecord, ...]) -> Runs:
    """Return the runs whose evidence is there."""
    by_shard = [(_shard(run), run) for run in _runs(records)]
    return Runs(
        tuple(_shard_run(shard, run) for shard, run in by_shard if shard is not None),
        frozenset(name for shard, run in by_shard if shard is None for name in _databases(run)),
    )


def _shard_run(shard: Shard, run: tuple[AnyRecord, ...]) -> ShardRun:
    planned = {record.database: record for record in run if isinstance(record, ShardPlanned)}
    return ShardRun(shard, run, planned, any(isinstance(record, RunFinished | RunStopped) for record in run))


def _databases(run: Iterable[AnyRecord]) -> Iterator[str]:
    return (record.database for record in run if isinstance(record, DatabaseStarted))


def _sets(runs: Iterable[ShardRun]) -> list[list[ShardRun]]:
    """Group the runs that have a database in common; those of other databases have shards of their own."""
    found: list[list[ShardRun]] = []
    for run in runs:
        joined = [known for known in found if any(run.planned.keys() & other.planned for other in known)]
        found = [known for known in found if known not in joined]
        found.append([*(other for known in joined for other in known), run])
    return found


def refuse_unmergeable(records: tuple[AnyRecord, ...]) -> None:
    """Raise :class:`UnmergeableShards` if a shard is there twice, or the shards are not those of one run."""
    for problem in _problems(runs_of(records)):
        raise UnmergeableShards(problem)


def _problems(runs: Runs) -> Iterator[str]:
    for run in runs.shards:
        # Nothing shows that they are of one commit, and the whole run would fill what a shard lacks.
        both = sorted(runs.whole.intersection(_databases(run.records)))
        if both:
            yield f"a run without --shard has {enumerate_items(both)} as well as shard {run.shard}"
    for known in _sets(run for run in runs.shards if run.planned):
        ordered = sorted(known, key=lambda run: run.shard)
        for shard, same in groupby(ordered, key=lambda run: run.shard):
            if len(tuple(same)) > 1:
                yield f"shard {shard} is there more than once"
        first = ordered[0]
        for other in ordered[1:]:
            differing = _differing(first, other)
            if differing:
                yield f"shards {first.shard} and {other.shard} differ in {enumerate_items(differing)}"


def _differing(first: ShardRun, other: ShardRun) -> tuple[str, ...]:
    """Return the names of what differs between two shards of the same databases."""
    if first.shard.total != other.shard.total:
        return ("the number of shards",)
    ours, theirs = _inputs(first), _inputs(other)
    if first.planned.keys() != other.planned.keys():
        # A server that one machine could not start leaves the other databases divided differently.
        ours = {key: value for key, value in ours.items() if key[2] != "parts"}
    differing = (_label(key) for key in ours if key in theirs and ours[key] != theirs[key])
    return tuple(dict.fromkeys(differing))


def _label(key: tuple[str, str, str]) -> str:
    kind, place, field = key
    if (kind, field) == (DatabaseStarted.__name__, "version"):
        return f"the version of {place}"
    return LABELS.get(field, field.replace("_", "-"))


def _inputs(run: ShardRun) -> Inputs:
    found: Inputs = {}
    for record in run.records:
        match record:
            case RunStarted():
                found |= _fields(record, "")
            case ProjectDescribed():
                # Other packages may be installed elsewhere.
                facts = tuple(
                    msgspec.structs.replace(fact, path="" if fact.path.startswith("/") else fact.path)
                    for fact in record.migrations
                )
                place = f"{record.vendor}/{record.alias}"
                found |= _fields(msgspec.structs.replace(record, migrations=facts), place)
            case DatabaseStarted():
                found |= _fields(record, record.database)
            case ShardPlanned():
                kind = type(record).__name__
                found |= {(kind, record.database, name): value for name, value in record.inputs.items()}
                found[kind, record.database, "parts"] = record.parts
            case _:
                continue
    return found


def _fields(record: AnyRecord, place: str) -> Inputs:
    kind = type(record).__name__
    names = (name for name in record.__struct_fields__ if name not in NOT_COMPARED)
    return {(kind, place, name): getattr(record, name) for name in names}


def missing_shards(runs: Runs) -> Iterator[str]:
    """Yield why the evidence of all shards is not complete: what is missing, cut short or no part of it."""
    yield from _problems(runs)
    for run in runs.shards:
        if not run.ended:
            yield f"the log of shard {run.shard} is cut short"
        elif not run.planned:
            yield f"shard {run.shard} has no plan"
    for known in _sets(run for run in runs.shards if run.planned):
        total = max(run.shard.total for run in known)
        missing = sorted(set(range(1, total + 1)) - {run.shard.number for run in known})
        names = sorted({name for run in known for name in run.planned})
        if missing:
            numbers = enumerate_items([f"{number}/{total}" for number in missing])
            yield (
                f"{'shard' if len(missing) == 1 else 'shards'} {numbers} of {enumerate_items(names)} "
                f"{'is' if len(missing) == 1 else 'are'} missing"
            )
        for run in known:
            unplanned = [name for name in names if name not in run.planned]
            if unplanned:
                yield f"shard {run.shard} has no plan for {enumerate_items(unplanned)}"


def part_of_run(runs: Runs) -> str:
    """Return a sentence on what the run of one shard has rehearsed; empty if that is all there is."""
    if len(runs.shards) != 1 or runs.shards[0].shard.total == 1:
        return ""
    report = _report(runs.shards[0])
    what = f"{report.share:.0%} of the work" if report.parts else "it has nothing to do"
    return (
        f"This is shard {report.number} of {report.total}: {what}. Nothing passes before `switchback report` "
        "has merged the evidence logs of all shards."
    )


def shard_reports(runs: Runs) -> tuple[ShardReport, ...]:
    """Return a report on each shard that is there."""
    return tuple(map(_report, runs.shards))


def _report(run: ShardRun) -> ShardReport:
    planned = tuple(run.planned.values())
    total = sum(plan.total_weight for plan in planned)
    ends = (record.seconds for record in run.records if isinstance(record, RunFinished | RunStopped))
    return ShardReport(
        number=run.shard.number,
        total=run.shard.total,
        databases=tuple(plan.database for plan in planned),
        parts=sum(1 for plan in planned for number in plan.parts.values() if number == run.shard.number),
        share=round(sum(plan.weight for plan in planned) / total, 4) if total else 0.0,
        seconds=max(ends, default=0.0),
    )


def with_shards(databases: Iterable[DatabaseEvidence], runs: Runs) -> tuple[DatabaseEvidence, ...]:
    """Set what other shards rehearse whose evidence is not there; leave out targets that only they have."""
    plans: dict[str, list[ShardPlanned]] = {}
    for run in runs.shards:
        for name, plan in run.planned.items():
            plans.setdefault(name, []).append(plan)
    return tuple(
        _with_plans(database, plans[database.database]) if database.database in plans else database
        for database in databases
    )


def _with_plans(database: DatabaseEvidence, plans: Sequence[ShardPlanned]) -> DatabaseEvidence:
    if {plan.shard.number for plan in plans} >= set(range(1, plans[0].shard.total + 1)):
        return database
    unwound = any(plan.unwinds for plan in plans)
    cycled = {target for plan in plans for target in plan.cycles}
    targets: list[TargetEvidence] = []
    for target in database.targets:
        elsewhere: tuple[Phase, ...] = () if unwound else ("scratch", "unwind")
        if target.fact.id not in cycled:
            elsewhere = (*elsewhere, "cycle")
        if not target.planned:
            elsewhere = ()
        if len(elsewhere) < len(PHASES):
            replaced = msgspec.structs.replace(target, elsewhere=elsewhere, shard_missing=True)
            targets.append(replaced)
    return msgspec.structs.replace(database, targets=tuple(targets), unwound_elsewhere=not unwound)
