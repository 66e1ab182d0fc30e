"""``model-drift`` and ``schema-drift``: models, migrations and database tell different stories."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Difference, ModelsDrifted, SchemaDrifted
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, Severity
from django_switchback.rules.wording import describe_difference, enumerate_items

REQUIRED = "required"
"""The ``attribute`` of an extra column that is not null and has no default."""
DEMANDING = frozenset({"not null", "generated"})
"""Attributes that an insert of the models' can fail on where the models do not have them."""


def judge_models(database: DatabaseEvidence) -> Findings:
    """Speak of each app whose models have changes that no migration holds."""
    return tuple(_models(drifted) for drifted in database.drift if drifted.operations)


def _models(drifted: ModelsDrifted) -> Finding:
    return Finding(
        rule="model-drift",
        severity="error" if drifted.first_party else "info",
        message=(
            f"The models of {drifted.app} have changes that no migration holds: "
            f"{enumerate_items(drifted.operations)}."
        ),
        phase="scratch",
        fix=(
            f"Run python manage.py makemigrations {drifted.app} and commit what it writes."
            if drifted.first_party
            else "Nothing to write here; see whether a setting or a newer version of "
            f"{drifted.app} explains it."
        ),
        evidence={
            "app": drifted.app,
            "first_party": drifted.first_party,
            "operations": list(drifted.operations),
        },
        reproduce=f"python manage.py makemigrations --check {drifted.app}",
    )


def judge_schema(database: DatabaseEvidence) -> Findings:
    """Speak of each app whose tables are not what its models' final state says; one finding a severity."""
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
    if entry.change == "renamed" or not first_party:
        return "info"
    if entry.change == "extra":
        return "error" if _blocks_inserts(entry) else "info"
    return "info" if _only_added(entry) else "error"


def _only_added(entry: Difference) -> bool:
    """Whether SQL gave a property that models say nothing of and inserts need not care for (a collation)."""
    return entry.change == "different" and entry.before is None and entry.attribute not in DEMANDING


def _blocks_inserts(entry: Difference) -> bool:
    """Whether it is a column that the models do not know and that no insert of theirs can leave out."""
    return entry.kind == "column" and entry.attribute == REQUIRED


def _schema(severity: Severity, app: str, differences: tuple[Difference, ...]) -> Finding:
    what = enumerate_items([describe_difference(difference) for difference in differences])
    told = f"is not what the models of {app} say" if app else "holds what no model knows"
    fix = (
        f"Write a migration of {app} that brings the database to what the models say, or correct the one "
        "that left it (a RunSQL or SeparateDatabaseAndState whose state and database differ)."
        if severity == "error"
        else "Nothing has to be done where this is meant."
    )
    return Finding(
        rule="schema-drift",
        severity=severity,
        message=f"The migrated database {told}: {what}.",
        phase="scratch",
        fix=fix,
        evidence={"app": app or None, "differences": msgspec.to_builtins(differences)},
    )


MODELS = Rule(
    slug="model-drift",
    group="forward",
    severity="error",
    condition=(
        "The models have changes that no migration holds (an error for first-party apps, a note for others)."
    ),
    effect="The code that is deployed asks for columns or tables that no `migrate` will make.",
    remedy="Run `python manage.py makemigrations` and commit what it writes.",
    bad="""\
class Post(models.Model):
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200)  # in no migration
""",
    good="""\
migrations.AddField("post", "subtitle", models.CharField(max_length=200, default=""))
""",
    judge_database=judge_models,
)

SCHEMA = Rule(
    slug="schema-drift",
    group="forward",
    severity="error",
    condition=(
        "The migrated database is not what the models' final state says: a missing or different column, "
        "index or constraint of a first-party app, or a column that the models do not know and that has "
        "to be filled. Anything else in excess is only a note."
    ),
    effect="Queries fail or run slow, or a constraint that the code relies on is not there.",
    remedy="Make the state and the database operations of every migration say the same.",
    bad="""\
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.AddIndex("post", models.Index(fields=["slug"], name="post_slug"))],
)
""",
    good="""\
migrations.AddIndex("post", models.Index(fields=["slug"], name="post_slug"))
""",
    judge_database=judge_schema,
)
