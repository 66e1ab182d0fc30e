"""Change all titles, and allow none. Rows without a title keep the way back from being taken; with those from before
alone it can be, and leaves their titles changed.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows", "rollback-loses-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, null=True)


# migrations/0002_target.py
from django.db.models.functions import Upper


def shout(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_behind_new_rows", "Note").objects.update(title=Upper("title"))


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=80, null=True)),
        migrations.RunPython(shout, migrations.RunPython.noop),
    ]
