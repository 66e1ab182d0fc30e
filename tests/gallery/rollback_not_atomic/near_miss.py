"""Add a column outside of a transaction (`atomic = False`), which cannot fail on the way back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]
