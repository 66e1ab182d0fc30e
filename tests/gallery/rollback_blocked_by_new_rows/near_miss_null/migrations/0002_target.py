"""Let subtitles be missing; the way back fills them first."""

from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_near_miss_null", "Note").objects.filter(
        subtitle=None
    ).update(subtitle="")


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_near_miss_null", "0001_initial")]
    operations = [
        migrations.AlterField("note", "subtitle", models.CharField(max_length=80, null=True)),
        migrations.RunPython(migrations.RunPython.noop, fill),
    ]
