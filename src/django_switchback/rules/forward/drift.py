"""``model-drift`` and ``schema-drift``: compare models, migrations and database."""

from __future__ import annotations

from django_switchback.evidence import Difference, ModelsDrifted, SchemaDrifted
from django_switchback.rules.exhibits import DriftedSchema
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, Severity
from django_switchback.rules.selection.harmless import is_unvalidated
from django_switchback.rules.wording import describe_difference, enumerate_items

REQUIRED = "required"
"""The ``attribute`` of an extra column that is not null and has no default."""
REQUIRED_ON_INSERT = frozenset({"not null", "generated"})
"""Attributes that make inserts of a model fail if the model does not have them."""


def judge_models(database: DatabaseEvidence) -> Findings:
    """Report each app whose models have changes without a migration."""
    return tuple(_models(drifted, database.manage) for drifted in database.drift if drifted.operations)


def _models(drift: ModelsDrifted, manage: str) -> Finding:
    return Finding(
        rule="model-drift",
        severity="error" if drift.first_party else "info",
        message=(
            f"The models of {drift.app} have changes without a migration: "
            f"{enumerate_items(drift.operations)}.{_stopped_check(drift)}"
        ),
        phase="scratch",
        fix=(
            f"Run {manage} makemigrations {drift.app} and commit the new migration."
            if drift.first_party
            else "No migration to write here; check whether a setting or a newer version of "
            f"{drift.app} explains it."
        ),
        exhibits=(drift,),
        reproduce=f"{manage} makemigrations --check {drift.app}",
    )


def _stopped_check(drift: ModelsDrifted) -> str:
    if drift.check_stopped_after is None:
        return ""
    return (
        f" makemigrations --check did not end within {drift.check_stopped_after:g} s: only Django's "
        "autodetector says so, without what the project's own command may ignore."
    )


def judge_schema(database: DatabaseEvidence) -> Findings:
    """Report each app whose tables differ from its models' final state, one finding for each severity."""
    found: dict[tuple[Severity, str], list[Difference]] = {}
    for drifted in database.schema_drift:
        for entry in drifted.differences:
            app = _owner(entry, drifted)
            known = found.setdefault((_severity(entry, app in drifted.first_party), app), [])
            known += () if entry in known else (entry,)
    return tuple(_schema(severity, app, tuple(entries)) for (severity, app), entries in found.items())


def _owner(entry: Difference, drift: SchemaDrifted) -> str:
    table = entry.name if entry.kind == "table" else entry.table
    return drift.apps.get(table or "", "")


def _severity(entry: Difference, first_party: bool) -> Severity:
    if entry.change == "renamed" or not first_party or entry.same_storage or is_unvalidated(entry):
        return "info"
    if entry.change == "extra":
        return "error" if _blocks_inserts(entry) else "info"
    return "info" if _only_added(entry) else "error"


def _only_added(entry: Difference) -> bool:
    """Whether SQL added a property that is not in the models and does not affect inserts (a collation)."""
    return entry.change == "different" and entry.before is None and entry.attribute not in REQUIRED_ON_INSERT


def _blocks_inserts(entry: Difference) -> bool:
    """Whether the difference is an extra column that inserts of the models would have to fill."""
    return entry.kind == "column" and entry.attribute == REQUIRED


def _schema(severity: Severity, app: str, differences: tuple[Difference, ...]) -> Finding:
    what = enumerate_items([describe_difference(difference) for difference in differences])
    statement = f"does not match the models of {app}" if app else "has objects that belong to no model"
    fix = (
        f"Write a migration of {app} that makes the database match the models, or correct the migration "
        "that caused the difference (a RunSQL or SeparateDatabaseAndState whose state and database differ)."
        if severity == "error"
        else "Nothing to do if this is intended."
    )
    return Finding(
        rule="schema-drift",
        severity=severity,
        message=f"The migrated database {statement}: {what}.",
        phase="scratch",
        fix=fix,
        exhibits=(DriftedSchema(app or None, differences),),
    )


MODELS = Rule(
    slug="model-drift",
    group="forward",
    severity="error",
    condition=(
        "The models have changes without a migration (an error for first-party apps, a note for others)."
    ),
    effect="The deployed code uses columns or tables that `migrate` does not create.",
    remedy="Run `python manage.py makemigrations` and commit the new migration.",
    judge_database=judge_models,
)

SCHEMA = Rule(
    slug="schema-drift",
    group="forward",
    severity="error",
    condition=(
        "The migrated database differs from the models' final state: a missing or different column, index "
        "or constraint of a first-party app, or an extra column that every insert has to fill. Other extra "
        "objects, and constraints that are not validated yet, are only a note."
    ),
    effect="Queries fail or are slow, or a constraint that the code relies on is missing.",
    remedy="Make the state operations and the database operations of every migration equivalent.",
    judge_database=judge_schema,
)
