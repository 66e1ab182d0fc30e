"""Move rows to another table and back by primary key. The recreated table's sequence starts at 1 again: after the
rollback, the old release's next insert gets a key that is taken.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"old-code-fails-after-rollback"})}
SAFE_TWIN = "near_miss"


# models.py
class Kept(models.Model):
    text = models.TextField(default="")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(default="")),
            ],
        )
    ]


# migrations/0002_target.py
from django.core.management.color import no_style


def move(source, target):
    for row in source.objects.all():
        target.objects.create(pk=row.pk, text=row.text)


def set_counter(model, schema_editor):
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), [model]):
        schema_editor.execute(statement)


def keep(apps, schema_editor):
    move(
        apps.get_model("old_code_fails_after_rollback_unsafe_backup_postgresql", "Note"),
        apps.get_model("old_code_fails_after_rollback_unsafe_backup_postgresql", "Kept"),
    )
    set_counter(apps.get_model("old_code_fails_after_rollback_unsafe_backup_postgresql", "Kept"), schema_editor)


def restore(apps, schema_editor):
    move(
        apps.get_model("old_code_fails_after_rollback_unsafe_backup_postgresql", "Kept"),
        apps.get_model("old_code_fails_after_rollback_unsafe_backup_postgresql", "Note"),
    )


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Kept",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(default="")),
            ],
        ),
        migrations.RunPython(keep, restore),
        migrations.DeleteModel("Note"),
    ]
