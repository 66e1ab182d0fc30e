"""Mark all titles; the way back does not take the mark off."""

from django.db import migrations


def mark(apps, schema_editor):
    for note in apps.get_model("rollback_loses_data_unsafe_update", "Note").objects.exclude(
        title__endswith="(old)"
    ):
        note.title = f"{note.title[:70]} (old)"
        note.save()


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_update", "0001_initial")]
    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
