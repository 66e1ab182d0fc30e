"""What the rehearsal says of rollbacks, held against plain ``manage.py migrate`` from head on Wagtail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from django_switchback.evidence import (
    Classified,
    DatabaseStarted,
    MigrationName,
    ProjectDescribed,
    Rows,
    StepFinished,
    UnwindBlocked,
)
from django_switchback.sandbox.interface import Server
from django_switchback.worker.guard.database_urls import sandbox_url
from integration.plain import Plain, typed, typed_each
from integration.rehearsed import Rehearsal, Rehearsed

ON_POSTGRESQL = (
    "wagtailcore.0094_alter_page_locale",
    "wagtaildocs.0010_document_file_hash",
    "wagtaildocs.0011_add_choose_permissions",
    "wagtailimages.0023_add_choose_permissions",
    "wagtailsearch.0006_customise_indexentry",
    "wagtailsearchpromotions.0004_copy_queries",
)
"""Targets that fail, that lie below one that fails, and that only rows keep from being rolled back."""

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


class Said(msgspec.Struct, frozen=True):
    """What the evidence says of rolling one migration back: what it raised, with which rows at the least."""

    raised: str
    fewest: Rows | None


class Evidence:
    """The evidence of one rehearsal, asked about rollbacks."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        (described,) = rehearsal.of(ProjectDescribed)
        (started,) = rehearsal.of(DatabaseStarted)
        self.targets = started.targets
        self._facts = described.migrations
        self._blocked = {blocked.migration for blocked in rehearsal.of(UnwindBlocked)}
        self._unwound: set[MigrationName] = set()
        self._failures: dict[MigrationName, list[Said]] = {}
        fewest: dict[tuple[MigrationName, str], Rows | None] = {
            (record.migration, record.phase): record.fewest
            for record in rehearsal.of(Classified)
            if (record.about, record.direction) == ("step", "rollback")
        }
        for step in rehearsal.of(StepFinished):
            if step.direction != "rollback" or step.trial:
                continue
            if step.failure is not None:
                said = Said(_class(step.failure.type), fewest.get((step.migration, step.phase)))
                self._failures.setdefault(step.migration, []).append(said)
            elif step.phase == "unwind":
                self._unwound.add(step.migration)

    def command(self, target: MigrationName) -> str:
        """Return what a person types to roll ``target`` back."""
        fact = next(fact for fact in self._facts if fact.id == target)
        own = [parent for parent in fact.dependencies if parent.app == target.app]
        return f"python manage.py migrate {target.app} {max(own).name if own else 'zero'}"

    def rolled_with(self, target: MigrationName) -> set[MigrationName]:
        """Return what has to be rolled back for ``target``: itself and all that needs it."""
        found = {target}
        for fact in self._facts:
            if not found.isdisjoint(fact.dependencies):
                found.add(fact.id)
        return found

    def failures(self, target: MigrationName) -> dict[str, list[Said]]:
        """Return what fails among all that is rolled back for ``target``."""
        those = self.rolled_with(target)
        return {str(name): said for name, said in self._failures.items() if name in those}

    def unwound(self, target: MigrationName) -> bool:
        """Tell whether the unwind rolled ``target`` back."""
        return target in self._unwound

    def blocked(self, target: MigrationName) -> bool:
        """Tell whether the unwind did not come as far as ``target``."""
        return target in self._blocked


def disagreements(evidence: Evidence, target: MigrationName, plain: Plain) -> Iterator[str]:
    """Yield in what the evidence and a plain rollback without rows of ours say different things."""
    failures = evidence.failures(target)
    bare = {
        name: {item.raised for item in said if item.fewest == "none"}
        for name, said in failures.items()
        if any(item.fewest == "none" for item in said)
    }
    if plain.status == 0:
        yield from (f"{target}: plain Django rolls it back, but {name} fails without rows" for name in bare)
        if not failures and not evidence.unwound(target):
            yield f"{target}: plain Django rolls it back, and no rows explain why the unwind did not"
        return
    if plain.stopped_at not in bare:
        yield f"{target}: plain Django fails at {plain.stopped_at}, the evidence says {failures}"
    elif plain.raised not in bare[plain.stopped_at]:
        yield f"{target}: plain Django raises {plain.raised}, the evidence says {bare[plain.stopped_at]}"
    if evidence.unwound(target):
        yield f"{target}: the unwind rolled back what plain Django does not"
    if plain.stopped_at != str(target) and not evidence.blocked(target):
        yield f"{target}: the unwind does not say that {plain.stopped_at} stands in its way"


def compared(
    rehearsal: Rehearsal, server: Server, folder: Path, wanted: Callable[[MigrationName], bool]
) -> list[str]:
    """Return all disagreements; each plain rollback starts on a copy of a head made by plain Django."""
    evidence = Evidence(rehearsal)
    factory = server.factory()
    head = factory.create("head")
    made = typed("python manage.py migrate", sandbox_url(head))
    assert made.status == 0, made
    targets = [target for target in evidence.targets if wanted(target)]
    copies = [factory.clone(head, "copy") for _ in targets]
    jobs = [
        (evidence.command(target), sandbox_url(copy)) for target, copy in zip(targets, copies, strict=True)
    ]
    outcomes = typed_each(jobs, folder)
    for sandbox in (*copies, head):
        factory.drop(sandbox)
    assert any(plain.status != 0 for plain in outcomes)
    assert any(plain.status == 0 for plain in outcomes)
    return [
        sentence
        for target, outcome in zip(targets, outcomes, strict=True)
        for sentence in disagreements(evidence, target, outcome)
    ]


def _class(name: str) -> str:
    return name.rpartition(".")[2]


def test_every_target_on_sqlite(rehearsed: Rehearsed, sqlite_server: Server, tmp_path: Path) -> None:
    """Plain Django rolls each target back from head or fails as the rehearsal says, or rows explain it."""
    assert compared(rehearsed("sqlite"), sqlite_server, tmp_path, lambda target: True) == []


def test_some_targets_on_postgresql(
    rehearsed: Rehearsed, server_of: Callable[[str], Server], tmp_path: Path
) -> None:
    """The same on PostgreSQL, for those whose story is long and some others."""
    server = server_of("postgresql-18")
    wanted = set(ON_POSTGRESQL)
    assert (
        compared(rehearsed("postgresql-18"), server, tmp_path, lambda migration: str(migration) in wanted)
        == []
    )
