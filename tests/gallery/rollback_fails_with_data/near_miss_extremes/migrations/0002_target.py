"""A size that is too small stops the way back only where the note has no title either."""

from django.db import migrations, models


def count(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_near_miss_extremes", "Note").objects.update(pages=2)


def check(apps, schema_editor):
    if (
        apps.get_model("rollback_fails_with_data_near_miss_extremes", "Note")
        .objects.filter(size__lt=-100_000)
        .filter(title__isnull=True)
        .exists()
    ):
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_near_miss_extremes", "0001_initial")]
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(count, check),
    ]
