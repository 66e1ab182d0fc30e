"""Write a thousand rows in each transaction."""

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
from django.db import transaction


def add(apps, schema_editor):
    notes = apps.get_model("unbatched_data_migration_near_miss_batches", "Note").objects.order_by("id")
    entry = apps.get_model("unbatched_data_migration_near_miss_batches", "Entry")
    last = 0
    while batch := list(notes.filter(id__gt=last)[:1000]):
        with transaction.atomic():
            # Rows that are there after an interruption stay as they are.
            entries = (entry(text=note.title, source="0002", note=note.id) for note in batch)
            entry.objects.bulk_create(entries, ignore_conflicts=True)
        last = batch[-1].id


def remove(apps, schema_editor):
    apps.get_model("unbatched_data_migration_near_miss_batches", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    atomic = False

    operations = [migrations.RunPython(add, remove)]
