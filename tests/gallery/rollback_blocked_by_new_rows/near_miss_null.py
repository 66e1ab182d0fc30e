"""Let subtitles be NULL. The reverse fills those that are NULL before the column becomes NOT NULL again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    subtitle = models.CharField(max_length=80, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subtitle", models.CharField(max_length=80)),
            ],
        )
    ]


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_near_miss_null", "Note").objects.filter(subtitle=None).update(
        subtitle=""
    )


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "subtitle", models.CharField(max_length=80, null=True)),
        migrations.RunPython(migrations.RunPython.noop, fill),
    ]
