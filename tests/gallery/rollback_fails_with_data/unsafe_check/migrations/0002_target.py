"""Let prices be negative and make them so; on the way back they must not be."""

from django.db import migrations


def owe(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_check", "Note").objects.update(price=-1)


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_check", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("note", "rollback_fails_with_data_unsafe_check_price"),
        migrations.RunPython(owe, migrations.RunPython.noop),
    ]
