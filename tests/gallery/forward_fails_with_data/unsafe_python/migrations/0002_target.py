"""Read titles as numbers."""

from django.db import migrations


def read(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_python", "Note").objects.all():
        int(f"no. {note.title}")


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_python", "0001_initial")]
    operations = [
        migrations.RunPython(read, migrations.RunPython.noop),
    ]
