"""Drop an index of a former release if it is there."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, "DROP INDEX IF EXISTS index_of_a_former_release"),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
