"""Copy the values to a second table before the column is removed; the reverse copies them back once the column exists
again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class KeptRank(models.Model):
    note = models.OneToOneField(Note, models.CASCADE)
    rank = models.IntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("rank", models.IntegerField(default=0)),
            ],
        )
    ]


# migrations/0002_target.py
def keep(apps, schema_editor):
    kept = apps.get_model("rollback_loses_data_near_miss_backup", "KeptRank")
    for note in apps.get_model("rollback_loses_data_near_miss_backup", "Note").objects.all():
        kept.objects.create(note=note, rank=note.rank)


def restore(apps, schema_editor):
    for kept in apps.get_model("rollback_loses_data_near_miss_backup", "KeptRank").objects.select_related("note"):
        kept.note.rank = kept.rank
        kept.note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "KeptRank",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "note",
                    models.OneToOneField(on_delete=models.CASCADE, to="rollback_loses_data_near_miss_backup.note"),
                ),
                ("rank", models.IntegerField()),
            ],
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RunPython(migrations.RunPython.noop, restore),
        migrations.RemoveField("note", "rank"),
    ]
