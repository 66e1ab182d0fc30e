"""Build the index concurrently, under a lock that lets others read and write."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="blocking_lock_concurrently")]


# migrations/0002_target.py
from django.contrib.postgres.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    operations = [AddIndexConcurrently("note", models.Index(fields=["title"], name="blocking_lock_concurrently"))]
