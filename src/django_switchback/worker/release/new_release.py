"""Tries the statements of the new release after the forward step."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.apps import apps as head_apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from django_switchback.worker.release.referred_rows import with_refused_deletes
from django_switchback.worker.release.release_statements import try_release
from django_switchback.worker.release.sequence_collisions import new_collisions
from django_switchback.worker.release.state_changes import (
    changed_views,
    tables_of_changed_models,
    tables_of_moved_models,
)
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.release.triggers import tables_with_concerned_triggers
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.table_names import snapshot_names


class ForwardStep(NamedTuple):
    """A migration that was applied: the states and the schemas before and after it."""

    migration: Migration
    states: tuple[ProjectState, ProjectState]
    schemas: tuple[Schema, Schema]


def try_new_release(
    connection: BaseDatabaseWrapper, step: ForwardStep, changed_tables: Collection[str], seeder: Seeder
) -> tuple[StatementAttempt, ...]:
    """Try the statements of the models after ``step`` on the tables that it changed, or whose models it did.

    Tables whose triggers it concerns are tried too, and views that it changed or dropped. Models whose table
    it gave to another model are left out.

    To be called before anything is inserted: inserts move sequences that the step left behind.
    """
    changed_models = tables_of_changed_models(
        step.migration.app_label, step.migration.operations, *step.states
    )
    before, after = (state.apps for state in step.states)
    moved = tables_of_moved_models(before, after, head_apps)
    names = snapshot_names(connection, changed_models | moved)
    concerned = tables_with_concerned_triggers(*step.schemas, changed_tables)
    tables = {*changed_tables, *concerned, *(names[table] for table in changed_models)}
    tables |= changed_views(*step.schemas)
    attempts = try_release(
        connection,
        after,
        tables - {names[table] for table in moved},
        seeder,
        collisions=new_collisions(connection, *step.schemas),
        structural=True,
    )
    return with_refused_deletes(attempts, connection, after, *step.schemas)
