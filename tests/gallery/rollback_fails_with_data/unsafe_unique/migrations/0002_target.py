"""Give all notes one label; on the way back labels must be unique again."""

from django.db import migrations, models


def merge(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_unique", "Note").objects.update(label="general")


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_unique", "0001_initial")]
    operations = [
        migrations.AlterField("note", "label", models.SlugField(max_length=40)),
        migrations.RunPython(merge, migrations.RunPython.noop),
    ]
