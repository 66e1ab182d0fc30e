"""Add a column, which a rollback drops again: nothing to write down."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "body", models.TextField(null=True))]
