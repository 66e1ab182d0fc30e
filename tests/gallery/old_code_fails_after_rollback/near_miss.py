"""Move rows to another table and back by primary key, and reset the sequence of the keys each time: the old release's
next insert gets a free key.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
        apps.get_model("old_code_fails_after_rollback_near_miss", "Note"),
        apps.get_model("old_code_fails_after_rollback_near_miss", "Kept"),
    )
    set_counter(apps.get_model("old_code_fails_after_rollback_near_miss", "Kept"), schema_editor)


def restore(apps, schema_editor):
    move(
        apps.get_model("old_code_fails_after_rollback_near_miss", "Kept"),
        apps.get_model("old_code_fails_after_rollback_near_miss", "Note"),
    )
    set_counter(apps.get_model("old_code_fails_after_rollback_near_miss", "Note"), schema_editor)


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
