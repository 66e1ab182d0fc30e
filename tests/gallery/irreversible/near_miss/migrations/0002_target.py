"""Fill a column that goes with the rollback: there is nothing to undo."""

from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("irreversible_near_miss", "Note").objects.update(subtitle="none yet")


class Migration(migrations.Migration):
    dependencies = [("irreversible_near_miss", "0001_initial")]
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
