"""From records to the evidence on each target; logs merge."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import MigrationName, StepStarted
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.rules.manage_commands import forward_command, rollback_command, setup_command
from rules.builders import (
    DATABASE,
    FIRST,
    RAISED,
    TARGET,
    confirmed,
    database,
    fact,
    log,
    project,
    sound,
    started,
    step,
    steps,
)

OTHER = MigrationName("blog", "0003_add_tag")


def test_shards_of_a_database_become_one() -> None:
    """Two logs of one database with other targets give one entry with both targets."""
    shard = log(*sound(), begin=(project(), database(targets=(OTHER,))))
    (found,) = group_by_database((*log(*sound()), *shard))
    assert [target.fact.id for target in found.targets] == [TARGET, OTHER]


def test_backends_stay_apart() -> None:
    """What one database showed is no evidence for another."""
    found = group_by_database((*log(*sound()), project(vendor="sqlite"), database("sqlite")))
    assert [(item.database, len(item.targets[0].steps)) for item in found] == [(DATABASE, 6), ("sqlite", 0)]


def test_two_leaves_without_a_database_are_not_lost() -> None:
    """A project that could not be migrated at all still has an entry that says why."""
    (found,) = group_by_database((project(conflicts={"blog": ("b", "a")}),))
    assert (found.database, found.conflicts) == ("postgresql", (("blog", ("a", "b")),))


def test_commands_are_those_of_where_the_run_was_started() -> None:
    """Those that plain Django confirmed too, which a worker types in the project's folder."""
    begin = (started(manage_path="back end/manage.py"), project(), database())
    (found,) = group_by_database(log(*sound(), confirmed(), begin=begin))
    typed = "python 'back end/manage.py' migrate blog 0001_initial"
    (target,) = found.targets
    assert (rollback_command(target), target.confirmed[0].command) == (typed, typed)
    conflicts = project(conflicts={"blog": ("b", "a")})
    assert group_by_database((begin[0], conflicts))[0].manage == "python 'back end/manage.py'"


def test_a_failure_with_copied_rows_is_no_evidence() -> None:
    """Steps that were run to measure their work prove nothing about the migration."""
    measured = step("forward", failure=RAISED, trial=True, measured=True)
    begun = StepStarted(DATABASE, "1", TARGET, "cycle", "forward", "new", trial=True, measured=True)
    (found,) = group_by_database(log(*sound(), begun, measured))
    assert (found.targets[0].step_starts, found.targets[0].steps) == ((), steps())


def test_a_migration_that_went_well_and_is_no_target_is_left_out() -> None:
    """Dependents that the unwind rolls back along are listed only where something is wrong with them."""
    (found,) = group_by_database(log(*sound(), step(phase="unwind", migration=FIRST)))
    assert [target.fact.id for target in found.targets] == [TARGET]


def test_what_was_unwound_before_it_is_rolled_back_first() -> None:
    """Applying again in the unwind comes while apps that it needs are still rolled back: commands say so."""
    shop, early = MigrationName("shop", "0009_last"), MigrationName("shop", "0008_early")
    lone = MigrationName("mail", "0001_initial")
    before = MigrationName("shop", "0007_before")
    others = fact(shop, dependencies=(early,)), fact(early, dependencies=(before,)), fact(lone)
    target_fact = fact(dependencies=(FIRST, before, MigrationName("mail", "0000_older")))
    graph = project(target_fact, *others)
    unrelated = MigrationName("press", "0002_unrelated")
    unwound = [step(phase="unwind", migration=id_) for id_ in (shop, unrelated, early, lone, TARGET)]
    below = step(phase="unwind", direction="rollback", migration=MigrationName("auth", "0002_below"))
    stuck = step(phase="unwind", direction="rollback", outcome="failed", migration=OTHER)
    (found,) = group_by_database(log(*unwound, below, stuck, begin=(graph, database())))
    target = next(item for item in found.targets if item.fact.id == TARGET)
    assert target.app_rollbacks == (before, MigrationName("mail", "zero"))
    assert setup_command(target, "unwind", "reapply") == (
        "python manage.py migrate && python manage.py migrate shop 0007_before && "
        f"python manage.py migrate mail zero && {rollback_command(target)}"
    )
    assert (
        setup_command(target, "cycle", "reapply")
        == f"{forward_command(target)} && {rollback_command(target)}"
    )
    assert next(item.app_rollbacks for item in found.targets if item.fact.id == OTHER) == ()


def test_another_alias_is_part_of_the_command() -> None:
    """The commands of a database alias say which, so that they can be copied as they are."""
    other = msgspec.structs.replace(database(), alias="archive")
    (found,) = group_by_database((project(alias="archive"), other))
    assert (
        forward_command(found.targets[0]) == "python manage.py migrate blog 0002_add_slug --database archive"
    )
    assert (
        rollback_command(found.targets[0]) == "python manage.py migrate blog 0001_initial --database archive"
    )


def test_commands_skip_checks_that_keep_migrate_from_starting() -> None:
    """All commands of a target do, once plain ``migrate`` needed it for one of them."""
    skipping = msgspec.structs.replace(
        confirmed(), command="python manage.py migrate blog 0001_initial --skip-checks"
    )
    (found,) = group_by_database((project(), database(), skipping))
    target = found.targets[0]
    assert forward_command(target) == "python manage.py migrate blog 0002_add_slug --skip-checks"
    assert rollback_command(target) == "python manage.py migrate blog 0001_initial --skip-checks"
    assert str(setup_command(target, "unwind", "rollback")) == "python manage.py migrate --skip-checks"
