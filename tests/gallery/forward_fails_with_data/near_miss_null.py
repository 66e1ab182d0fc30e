"""Fill missing dates before the column becomes NOT NULL. A second column records which were missing, so that the
reverse makes them NULL again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    due = models.DateField()
    was_missing = models.BooleanField(default=False)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due", models.DateField(null=True)),
            ],
        )
    ]


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("forward_fails_with_data_near_miss_null", "Note").objects.filter(due=None).update(
        due="2000-01-01", was_missing=True
    )


def empty(apps, schema_editor):
    apps.get_model("forward_fails_with_data_near_miss_null", "Note").objects.filter(
        was_missing=True, due="2000-01-01"
    ).update(due=None)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "was_missing", models.BooleanField(default=False)),
        migrations.RunPython(fill, empty),
        migrations.AlterField("note", "due", models.DateField()),
    ]
