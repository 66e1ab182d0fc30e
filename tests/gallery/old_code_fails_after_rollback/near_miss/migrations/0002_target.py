"""Move rows to another table and back by key, the counter of keys with them."""

from django.core.management.color import no_style
from django.db import migrations, models


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
    dependencies = [("old_code_fails_after_rollback_near_miss", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Kept",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(default="")),
            ],
        ),
        migrations.RunPython(keep, restore),
        migrations.DeleteModel("Note"),
    ]
