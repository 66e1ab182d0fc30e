"""Add a column to a table that is always in use: the lock is brief, but nothing limits the wait for it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"blocking-lock"})}
HOT_TABLES = ("blocking_lock_unsafe_hot_column.Note",)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "body", models.TextField(null=True))]
