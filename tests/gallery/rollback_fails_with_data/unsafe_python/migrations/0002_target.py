"""Write counts as words; the way back reads the words as numbers."""

from django.db import migrations


def parse(apps, schema_editor):
    for note in apps.get_model("rollback_fails_with_data_unsafe_python", "Note").objects.all():
        note.count = int(f"no. {note.count}")
        note.save()


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_python", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, parse),
    ]
