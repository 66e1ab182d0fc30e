"""Add a column and write a row for each row: the lock of the first is held for all of them."""

from django.db import migrations, models
from gallery_tests.expected import Expected

SAFE_TWIN = "near_miss_apart"
EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected(
        "passed", warnings={"blocking-lock", "grows-with-rows", "mixed-schema-and-data", "unbatched-data-migration"}
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)


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
    notes = apps.get_model("mixed_schema_and_data_unsafe_fill", "Note").objects.all()
    entry = apps.get_model("mixed_schema_and_data_unsafe_fill", "Entry")
    entry.objects.bulk_create(entry(text=note.title, source="0002") for note in notes)


def remove(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_unsafe_fill", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "body", models.TextField(null=True)), migrations.RunPython(add, remove)]
