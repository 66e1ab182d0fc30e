"""Insert rows that are not unique by `bulk_create`. On SQLite, plain Django then names the state of the transaction
in place of the exception that `bulk_create` raised.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Level(models.Model):
    name = models.CharField(max_length=20, unique=True)


# migrations/0002_target.py
def fill(apps, schema_editor):
    level = apps.get_model("forward_fails_with_data_unsafe_bulk_create", "Level")
    notes = apps.get_model("forward_fails_with_data_unsafe_bulk_create", "Note").objects.all()
    level.objects.bulk_create(level(name="usual") for note in notes)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Level",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20, unique=True)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
