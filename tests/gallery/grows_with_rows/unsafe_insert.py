"""Write a row for each row of a table: with twice the rows, it writes twice as many."""

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
    notes = apps.get_model("grows_with_rows_unsafe_insert", "Note").objects.all()
    entry = apps.get_model("grows_with_rows_unsafe_insert", "Entry")
    entry.objects.bulk_create(entry(text=note.title, source="0002") for note in notes)


def remove(apps, schema_editor):
    apps.get_model("grows_with_rows_unsafe_insert", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
