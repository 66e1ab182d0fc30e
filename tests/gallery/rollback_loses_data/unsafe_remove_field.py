"""Remove a column. Rolling back adds it again with its default in every row, and reports success: the values
are gone.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)
SAFE_TWIN = "near_miss_backup"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("rank", models.IntegerField(default=0)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveField("note", "rank")]
