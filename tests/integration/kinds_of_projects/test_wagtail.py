"""The whole rehearsal of Wagtail by the command itself, on SQLite and PostgreSQL 18."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from report import readers

from django_switchback.evidence import DatabaseStarted, PartFinished, ProjectDescribed
from django_switchback.sandbox.interface import Server
from django_switchback.verdict.run_verdict import judge
from django_switchback.worker.guard.database_urls import sandbox_url
from integration.plain import typed
from integration.rehearsed import APPS, Rehearsal, Rehearsed

CANNOT = ("wagtaildocs.0011_add_choose_permissions", "wagtailimages.0023_add_choose_permissions")
"""Migrations of Wagtail 8 whose rollback fails in plain Django, whatever the tables hold."""
COVERED = 0.9
PEAK_MIB = 400

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


@pytest.fixture(params=["sqlite", "postgresql-18"])
def rehearsal(request: pytest.FixtureRequest, rehearsed: Rehearsed) -> Rehearsal:
    """Give the rehearsal on each engine."""
    return rehearsed(str(request.param))


def test_every_target_has_a_verdict(rehearsal: Rehearsal) -> None:
    """The last five of every app are judged, each of them, and none ends in an error of ours."""
    (described,) = rehearsal.of(ProjectDescribed)
    (started,) = rehearsal.of(DatabaseStarted)
    there = Counter(fact.id.app for fact in described.migrations if fact.id.app in APPS)
    assert set(there) == set(APPS)
    judged = {(migration.app, migration.name): migration for migration in rehearsal.report.migrations}
    assert Counter(app for app, _ in judged) == {app: min(5, count) for app, count in there.items()}
    assert set(judged) == {(target.app, target.name) for target in started.targets}
    unsettled = {
        f"{entry.app}.{entry.name}": (entry.verdict, entry.reason)
        for entry in judged.values()
        if not (entry.verdict in {"passed", "failed"} or (entry.verdict == "skipped" and entry.reason))
    }
    assert unsettled == {}


def test_the_run_ends_as_its_findings_say(rehearsal: Rehearsal) -> None:
    """Errors were found, so the status is 1 and the verdict ``failed``, not an error of ours."""
    assert (rehearsal.status, rehearsal.report.verdict) == (1, "failed"), rehearsal.output
    assert rehearsal.report.reasons == ()
    assert [database.reason for database in rehearsal.report.databases] == [None]


def test_from_nothing_to_head(rehearsal: Rehearsal) -> None:
    """All of Wagtail's and Django's own migrations are applied from nothing."""
    (described,) = rehearsal.of(ProjectDescribed)
    (database,) = rehearsal.report.databases
    assert (database.scratch.verdict, database.scratch.migrations) == ("passed", len(described.migrations))


@pytest.mark.parametrize("name", CANNOT)
def test_what_django_cannot_roll_back_is_an_error(rehearsal: Rehearsal, name: str) -> None:
    """A rollback that fails in plain Django is a confirmed error, with the command that shows it."""
    found = [finding for finding in rehearsal.migration(name).findings if finding.rule == "rollback-fails"]
    assert [
        (finding.severity, finding.confirmed, finding.phase) for finding in found if finding.phase == "cycle"
    ] == [("error", True, "cycle")]
    assert rehearsal.migration(name).verdict == "failed"


@pytest.mark.parametrize("name", CANNOT)
@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_the_command_fails_the_same_way_by_hand(
    rehearsed: Rehearsed, server_of: Callable[[str], Server], database: str, name: str
) -> None:
    """The reproducing command, typed after its setup on an empty database, raises what the finding says."""
    finding = next(item for item in rehearsed(database).migration(name).findings if item.phase == "cycle")
    assert finding.reproduce is not None
    assert finding.setup is not None
    factory = server_of(database).factory()
    scratch = factory.create("typed")
    try:
        for command in finding.setup.split(" && "):
            done = typed(command, sandbox_url(scratch))
            assert done.status == 0, done
        again = typed(finding.reproduce, sandbox_url(scratch))
    finally:
        factory.drop(scratch)
    assert again.status != 0
    assert again.stopped_at == name
    assert again.raised == "ValueError"
    assert f"ValueError: {again.output.rpartition('ValueError: ')[2].split('(')[0]}" in finding.message


def test_tables_are_filled(rehearsal: Rehearsal) -> None:
    """At every target, the newest among them, nine tables of ten hold rows; why not is said of the others."""
    thin: dict[str, str] = {}
    for migration in rehearsal.report.migrations:
        covered = migration.coverage
        assert covered is not None, migration
        assert covered.tables > 10, migration
        assert len(covered.empty) == covered.tables - covered.seeded, migration
        assert all(covered.empty.values()), migration
        if covered.seeded < COVERED * covered.tables:
            thin[f"{migration.app}.{migration.name}"] = (
                f"{covered.seeded} of {covered.tables}: {covered.empty}"
            )
    assert thin == {}


def test_memory_of_each_worker(rehearsal: Rehearsal) -> None:
    """No worker takes more than 400 MiB at its most."""
    peaks = {finished.part: finished.peak_kib / 1024 for finished in rehearsal.of(PartFinished)}
    assert len(peaks) > 2
    assert max(peaks.values()) < PEAK_MIB, peaks


def test_every_format_is_read_by_others(rehearsal: Rehearsal) -> None:
    """The reports of one run are valid by readers and schemas of others, and have the verdict of the run."""
    report = judge(rehearsal.records)
    failed = {entry.name for entry in rehearsal.report.migrations if entry.verdict == "failed"}
    errors = sum(
        finding.severity == "error" for entry in rehearsal.report.migrations for finding in entry.findings
    )
    assert readers.failed_in_junit(report) == failed
    assert readers.critical_in_gitlab(report) == readers.errors_in_sarif(report) == errors
    assert len(readers.headings_in_markdown(report)) > len(failed)
    assert readers.is_valid_json(report)


def test_nothing_is_left(rehearsal: Rehearsal) -> None:
    """No folder, so no sandbox and no server's data, and no process of the run outlives it."""
    assert rehearsal.left == ()
