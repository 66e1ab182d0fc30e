"""Add a column and write one row: both tables stay locked until the end."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("passed", warnings={"mixed-schema-and-data"})}


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
    apps.get_model("mixed_schema_and_data_unsafe_one_row", "Entry").objects.create(text="first", source="0002")


def remove(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_unsafe_one_row", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "body", models.TextField(null=True)), migrations.RunPython(add, remove)]
