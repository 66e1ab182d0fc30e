"""Let a column be null: the old release goes on giving it a value."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=80, null=True))]
