"""Outside of a transaction, add a column; the way back stops before anything is done."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rollback_not_atomic_near_miss", "0001_initial")]
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
        migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
    ]
