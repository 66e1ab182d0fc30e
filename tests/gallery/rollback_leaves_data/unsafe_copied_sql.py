"""Insert a row for every note in SQL. The reverse does nothing: after the rollback the rows are still there, and
applying the migration again inserts them twice.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Line(models.Model):
    text = models.TextField()
    at = models.DateTimeField(null=True)


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
            "Line",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("at", models.DateTimeField(null=True)),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "INSERT INTO rollback_leaves_data_unsafe_copied_sql_line (text) "
            "SELECT title FROM rollback_leaves_data_unsafe_copied_sql_note",
            migrations.RunSQL.noop,
        )
    ]
