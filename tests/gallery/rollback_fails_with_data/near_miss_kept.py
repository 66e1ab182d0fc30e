"""Keep a column under another name instead of removing it: renamed back, it has a value for every row. Rows of the new
release get one in the reverse.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    kept = models.IntegerField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("rank", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_near_miss_kept", "Note").objects.filter(kept=None).update(kept=0)


class Migration(migrations.Migration):
    operations = [
        migrations.RenameField("note", "rank", "kept"),
        migrations.AlterField("note", "kept", models.IntegerField(null=True)),
        migrations.RunPython(migrations.RunPython.noop, fill),
    ]
