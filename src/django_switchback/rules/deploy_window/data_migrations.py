"""``unbatched-data-migration``, ``mixed-schema-and-data``: look at what one transaction writes and locks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django_switchback.rules.deploy_window.growth import (
    GrownStatement,
    MeasuredStep,
    measured_steps,
    work_tables,
)
from django_switchback.rules.deploy_window.lock_wording import lock_phrase, statement_phrase, work_phrase
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import doing, enumerate_items

_OF_NO_SCHEMA = re.compile(r"\s*(LOCK|TRUNCATE|CLUSTER|REINDEX|REFRESH)\b", re.I)
"""Statements that lock tables as a change of the schema does, and change none."""
UNBATCHED_SLUG = "unbatched-data-migration"
MIXED_SLUG = "mixed-schema-and-data"


def judge_unbatched(target: TargetEvidence) -> Findings:
    """Report data operations that write more rows in one transaction if there are more."""
    found = ((step, _writing(step, growing=True)) for step in measured_steps(target))
    return tuple(_unbatched(target, step, writing) for step, writing in found if writing)


def judge_mixed(target: TargetEvidence) -> Findings:
    """Report data operations that write in a transaction which locks tables with rows for a schema change."""
    found = ((step, _writing(step, growing=False)) for step in measured_steps(target))
    return tuple(
        finding
        for step, writing in found
        for finding in _mixed(target, step, {statement.work.transaction for statement in writing})
    )


def _writing(step: MeasuredStep, *, growing: bool) -> list[GrownStatement]:
    return [
        statement
        for statement in step.statements
        if statement.work.data and (statement.written if growing else statement.work.written)
    ]


def _unbatched(target: TargetEvidence, step: MeasuredStep, writing: list[GrownStatement]) -> Finding:
    return Finding(
        rule=UNBATCHED_SLUG,
        severity="warning",
        message=(
            f"{doing(target.fact.id, step.direction)} {work_phrase(writing[0])} in one transaction, however "
            f"many they are: {statement_phrase(writing[0].work)}"
        ),
        phase="cycle",
        fix=(
            "Write in batches of a few thousand rows, each in a transaction of its own, in a migration with "
            "atomic = False that can be run again from where it stopped."
        ),
        phases=("cycle",),
        exhibits=step.exhibits,
        tables=work_tables(writing),
    )


def _mixed(target: TargetEvidence, step: MeasuredStep, transactions: Iterable[int]) -> Findings:
    writing = set(transactions)
    locks = [
        lock
        for lock in step.locks
        if lock.statement.transaction in writing
        and not lock.statement.written
        and not _OF_NO_SCHEMA.match(lock.statement.sql)
    ]
    if not locks:
        return ()
    return (
        Finding(
            rule=MIXED_SLUG,
            severity="warning",
            message=(
                f"{doing(target.fact.id, step.direction)} writes rows and changes the schema in one "
                f"transaction, which holds {enumerate_items([lock_phrase(lock) for lock in locks])} until "
                "both are done"
            ),
            phase="cycle",
            fix="Split it: one migration for the schema, another one for the rows.",
            phases=("cycle",),
            exhibits=step.exhibits,
            tables=tuple(lock.table for lock in locks),
        ),
    )


UNBATCHED = Rule(
    slug=UNBATCHED_SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "The rows that RunPython or RunSQL write in one transaction grow with the rows of the table. Batches "
        "of up to a few thousand rows, each in a transaction of its own, do not."
    ),
    effect=(
        "The rows stay locked until the end, those who write them wait, dead rows pile up, and a failure at "
        "the last row undoes all."
    ),
    remedy="Write in batches, each in a transaction of its own, in a migration with atomic = False.",
    judge=judge_unbatched,
)
MIXED = Rule(
    slug=MIXED_SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "One transaction writes rows by RunPython or RunSQL and holds a lock that stops reads or writes, "
        "which another statement took on a table that has rows."
    ),
    effect="The lock of the schema change is held for as long as the rows take.",
    remedy="Put schema changes and data migrations into migrations of their own.",
    judge=judge_mixed,
)
