"""Remove a field from the models alone, once its column may be left out: the column goes with a later release."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("rank", models.IntegerField(default=0)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "rank", models.IntegerField(default=0, db_default=0)),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("note", "rank")]),
    ]
