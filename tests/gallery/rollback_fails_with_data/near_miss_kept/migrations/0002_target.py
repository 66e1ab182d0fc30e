"""Remove a column that has no default; a second one keeps the values for the way back."""

from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_near_miss_kept", "Note").objects.filter(kept=None).update(kept=0)


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_near_miss_kept", "0001_initial")]
    operations = [
        migrations.RenameField("note", "rank", "kept"),
        migrations.AlterField("note", "kept", models.IntegerField(null=True)),
        migrations.RunPython(migrations.RunPython.noop, fill),
    ]
