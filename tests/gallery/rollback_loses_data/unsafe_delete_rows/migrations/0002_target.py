"""Delete rows that nobody wants, for good."""

from django.db import migrations


def clear(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_delete_rows", "Note").objects.filter(rank__gt=0).delete()


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_delete_rows", "0001_initial")]
    operations = [
        migrations.RunPython(clear, migrations.RunPython.noop),
    ]
