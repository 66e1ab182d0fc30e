"""A size that is too small stops the way back, and nothing else does."""

from django.db import migrations, models


def check(apps, schema_editor):
    if (
        apps.get_model("rollback_fails_with_data_unsafe_extremes", "Note")
        .objects.filter(size__lt=-100_000)
        .exists()
    ):
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_extremes", "0001_initial")]
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(migrations.RunPython.noop, check),
    ]
