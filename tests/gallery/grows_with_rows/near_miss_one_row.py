"""Write the same row, however many there are."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
    apps.get_model("grows_with_rows_near_miss_one_row", "Entry").objects.create(text="first", source="0002")


def remove(apps, schema_editor):
    apps.get_model("grows_with_rows_near_miss_one_row", "Entry").objects.filter(source="0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
