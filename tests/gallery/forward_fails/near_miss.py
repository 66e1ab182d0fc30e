"""Run SQL that only PostgreSQL understands, on PostgreSQL alone: on SQLite the migration does nothing."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX forward_fails_near_miss_brin ON forward_fails_near_miss_note USING brin (title)"
        )


def back(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX forward_fails_near_miss_brin")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forward, back)]
