"""Take the owner from all notes; on the way back every note must have one."""

from django.db import migrations, models


def disown(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_null_key", "Note").objects.update(owner=None)


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_null_key", "0001_initial")]
    operations = [
        migrations.AlterField(
            "note",
            "owner",
            models.ForeignKey(
                null=True, on_delete=models.CASCADE, to="rollback_fails_with_data_unsafe_null_key.owner"
            ),
        ),
        migrations.RunPython(disown, migrations.RunPython.noop),
    ]
