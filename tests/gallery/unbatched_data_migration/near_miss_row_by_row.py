"""Write row by row, each in a transaction of its own: as many rows as there are would take too long to try."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Entry(models.Model):
    text = models.CharField(max_length=80)
    source = models.CharField(max_length=20)
    note = models.BigIntegerField(null=True, unique=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=20)),
                ("note", models.BigIntegerField(null=True, unique=True)),
            ],
        ),
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    entries = apps.get_model("unbatched_data_migration_near_miss_row_by_row", "Entry").objects
    for note in apps.get_model("unbatched_data_migration_near_miss_row_by_row", "Note").objects.all():
        entries.get_or_create(note=note.id, defaults={"text": note.title, "source": "0002"})


def remove(apps, schema_editor):
    apps.get_model("unbatched_data_migration_near_miss_row_by_row", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    atomic = False

    operations = [migrations.RunPython(add, remove)]
