"""Write a row for each row in a migration of its own, after the one that adds the column."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"grows-with-rows", "unbatched-data-migration"}),
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


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "body", models.TextField(null=True))]


# migrations/0003_target.py
def add(apps, schema_editor):
    notes = apps.get_model("mixed_schema_and_data_near_miss_apart", "Note").objects.all()
    entry = apps.get_model("mixed_schema_and_data_near_miss_apart", "Entry")
    entry.objects.bulk_create(entry(text=note.title, source="0002") for note in notes)


def remove(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_near_miss_apart", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
