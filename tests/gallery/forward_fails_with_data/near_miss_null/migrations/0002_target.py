"""Let no date be missing, once all are filled; what was missing is known for the way back."""

from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("forward_fails_with_data_near_miss_null", "Note").objects.filter(due=None).update(
        due="2000-01-01", was_missing=True
    )


def empty(apps, schema_editor):
    apps.get_model("forward_fails_with_data_near_miss_null", "Note").objects.filter(
        was_missing=True, due="2000-01-01"
    ).update(due=None)


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_near_miss_null", "0001_initial")]
    operations = [
        migrations.AddField("note", "was_missing", models.BooleanField(default=False)),
        migrations.RunPython(fill, empty),
        migrations.AlterField("note", "due", models.DateField()),
    ]
