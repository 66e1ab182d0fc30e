"""Fill a new column in the SQL of each engine."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
LENGTH = {"sqlite": "ifnull(length(title), 0)", "postgresql": "char_length(title::text)"}


def fill(apps, schema_editor):
    length = LENGTH[schema_editor.connection.vendor]
    schema_editor.execute(f"UPDATE unguarded_vendor_sql_clean_each_note SET length = 1 + {length}")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
