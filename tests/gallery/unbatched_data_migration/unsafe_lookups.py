"""Look for a row for each row of a table, and write it if there is none: two statements take turns."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"grows-with-rows", "unbatched-data-migration"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Entry(models.Model):
    text = models.CharField(max_length=80)
    source = models.CharField(max_length=20)


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
            ],
        ),
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    entry = apps.get_model("unbatched_data_migration_unsafe_lookups", "Entry")
    for note in apps.get_model("unbatched_data_migration_unsafe_lookups", "Note").objects.all():
        if not entry.objects.filter(text=str(note.pk)).exists():
            entry.objects.create(text=str(note.pk), source="0002")


def remove(apps, schema_editor):
    apps.get_model("unbatched_data_migration_unsafe_lookups", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
