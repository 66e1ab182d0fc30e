"""Remove a column; a second table keeps its values for the way back."""

from django.db import migrations, models


def keep(apps, schema_editor):
    kept = apps.get_model("rollback_loses_data_near_miss_backup", "KeptRank")
    for note in apps.get_model("rollback_loses_data_near_miss_backup", "Note").objects.all():
        kept.objects.create(note=note, rank=note.rank)


def restore(apps, schema_editor):
    for kept in apps.get_model("rollback_loses_data_near_miss_backup", "KeptRank").objects.select_related(
        "note"
    ):
        kept.note.rank = kept.rank
        kept.note.save()


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_near_miss_backup", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "KeptRank",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "note",
                    models.OneToOneField(
                        on_delete=models.CASCADE, to="rollback_loses_data_near_miss_backup.note"
                    ),
                ),
                ("rank", models.IntegerField()),
            ],
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RunPython(migrations.RunPython.noop, restore),
        migrations.RemoveField("note", "rank"),
    ]
