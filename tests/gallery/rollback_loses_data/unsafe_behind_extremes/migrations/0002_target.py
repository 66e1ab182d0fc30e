"""Give every note one title, for good; a size that is too small stops the way back."""

from django.db import migrations


def rename(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_behind_extremes", "Note").objects.update(title="untitled")


def check(apps, schema_editor):
    if (
        apps.get_model("rollback_loses_data_unsafe_behind_extremes", "Note")
        .objects.filter(size__lt=-100_000)
        .exists()
    ):
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_behind_extremes", "0001_initial")]
    operations = [
        migrations.RunPython(rename, check),
    ]
