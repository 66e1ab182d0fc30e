"""No two labels with the same name, whatever the case.

Purpose: "Solved" and "solved" were both in use; the database now refuses the second.

Risks: the index cannot be built while there are duplicates, so all but the oldest of each name get their
number appended ("solved-12") first. That is one migration and one transaction on purpose: between two, a
new duplicate could slip in. There are few labels, so the lock is short.

Rollback: drops the index and gives the renamed labels their names back, unless a moderator has chosen
another since.

Backup: the former names are parked in ``core_parkedrow``.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Lower

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "forum.0007_unique_label_names"
LENGTH = 40


def rename_duplicates(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # NOTE: Lower() is the database's own idea of case, which the index goes by; Python's differs.
    change = ReversibleChange(apps, schema_editor, MIGRATION, "forum.label")
    labels = change.rows.alias(lowered=Lower("name"))
    older = labels.filter(lowered=Lower(OuterRef("name")), pk__lt=OuterRef("pk"))
    for batch in in_batches(labels.filter(Exists(older))):
        names = [numbered(label, f"-{label.pk}") for label in batch]
        if not labels.filter(lowered__in=[Lower(Value(name)) for name in names]).exists():
            change.apply([(label, {"name": name}) for label, name in zip(batch, names, strict=True)])
            continue
        for label in batch:
            change.apply([(label, {"name": free_name(labels, label)})])


def numbered(label: Model, suffix: str) -> str:
    """The label's name with something appended, as much of it as the column holds."""
    return label.name[: LENGTH - len(suffix)] + suffix


def free_name(labels: QuerySet, label: Model) -> str:
    """The label's name with its number, and one more if even that is taken."""
    name, again = numbered(label, f"-{label.pk}"), 1
    while labels.filter(lowered=Lower(Value(name))).exists():
        again += 1
        name = numbered(label, f"-{label.pk}-{again}")
    return name


def restore_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "forum.label").undo()


class Migration(migrations.Migration):
    dependencies = [("forum", "0006_merge_soft_delete_and_labels"), ("core", "0001_initial")]

    operations = [
        migrations.RunPython(rename_duplicates, restore_names),
        migrations.AddConstraint(
            "Label", models.UniqueConstraint(Lower("name"), name="forum_label_name_ci_uniq")
        ),
    ]
