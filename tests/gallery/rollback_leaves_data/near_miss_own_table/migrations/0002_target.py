"""Fill a table that goes with the rollback."""

from django.db import migrations, models


def write(apps, schema_editor):
    line = apps.get_model("rollback_leaves_data_near_miss_own_table", "Line")
    for note in apps.get_model("rollback_leaves_data_near_miss_own_table", "Note").objects.all():
        line.objects.create(text=note.title)


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_near_miss_own_table", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Line",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
