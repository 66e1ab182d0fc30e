"""Alter a column of a table with an index that only SQL knows, which Django's rebuild of the table drops on SQLite.
RunSQL before and after it creates the index again, each in one direction.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    number = models.IntegerField(db_index=True, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("number", models.IntegerField(null=True)),
            ],
        ),
        migrations.RunSQL(
            "CREATE INDEX leaves_rebuilt_lower ON rollback_leaves_schema_clean_rebuilt_note (lower(title))",
            "DROP INDEX leaves_rebuilt_lower",
        ),
    ]


# migrations/0002_target.py
INDEX = "CREATE INDEX IF NOT EXISTS leaves_rebuilt_lower ON rollback_leaves_schema_clean_rebuilt_note (lower(title))"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, INDEX),
        migrations.AlterField("note", "number", models.IntegerField(db_index=True, null=True)),
        migrations.RunSQL(INDEX, migrations.RunSQL.noop),
    ]
