"""Add two columns without a transaction: after an interruption between them, the first is there already."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable", "rollback-not-atomic"})
SAFE_TWIN = "clean_atomic"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)
    source = models.TextField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.AddField("note", "body", models.TextField(null=True)),
        migrations.AddField("note", "source", models.TextField(null=True)),
    ]
