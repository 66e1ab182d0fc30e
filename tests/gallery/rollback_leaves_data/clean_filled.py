"""Fill a new column from another one: no row is inserted, and the rollback drops what was filled."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    heading = models.CharField(default="", max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "heading", models.CharField(default="", max_length=80)),
        migrations.RunSQL("UPDATE rollback_leaves_data_clean_filled_note SET heading = title", migrations.RunSQL.noop),
    ]
