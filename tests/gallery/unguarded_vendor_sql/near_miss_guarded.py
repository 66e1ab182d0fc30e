"""Comment on the table on PostgreSQL alone."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "unguarded_vendor_sql_near_miss_guarded_note"


def comment(text):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"COMMENT ON TABLE {TABLE} IS {text}")

    return run


class Migration(migrations.Migration):
    operations = [migrations.RunPython(comment("'Written by readers'"), comment("NULL"))]
