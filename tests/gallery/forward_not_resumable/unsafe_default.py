"""Add a mandatory column without a transaction: Django adds it with a default, then drops the default."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    source = models.TextField(default="")


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.AddField("note", "source", models.TextField(default=""))]
