"""Insert rows into a table that the migration itself creates: the rollback drops the table with its rows."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Line(models.Model):
    text = models.TextField()


# migrations/0002_target.py
def write(apps, schema_editor):
    line = apps.get_model("rollback_leaves_data_near_miss_own_table", "Line")
    for note in apps.get_model("rollback_leaves_data_near_miss_own_table", "Note").objects.all():
        line.objects.create(text=note.title)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Line",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
