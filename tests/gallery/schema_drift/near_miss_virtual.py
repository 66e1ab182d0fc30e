"""Map a model to a full text table. SQLite's module decides on its columns and side tables, so they are not compared
with the model.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Found(models.Model):
    rowid = models.BigIntegerField(primary_key=True)
    word = models.TextField()


# migrations/0001_initial.py
TABLE = "schema_drift_near_miss_virtual_found"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(word)")
    else:
        schema_editor.execute(f"CREATE TABLE {TABLE} (rowid bigint PRIMARY KEY, word text NOT NULL)")


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create, drop)],
            state_operations=[
                migrations.CreateModel(
                    "Found",
                    [
                        ("rowid", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("word", models.TextField()),
                    ],
                )
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterModelOptions("found", {})]
