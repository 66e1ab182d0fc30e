"""Fill a new column and do nothing in the reverse (`RunPython.noop`): the column is dropped with the rollback, so
there is nothing to undo.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("irreversible_near_miss", "Note").objects.update(subtitle="none yet")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
