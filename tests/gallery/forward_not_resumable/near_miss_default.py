"""Add a mandatory column without a transaction: only between two statements of Django's can it be cut."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    source = models.TextField(default="")


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.AddField("note", "source", models.TextField(default=""))]
