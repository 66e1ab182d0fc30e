"""Add a text column for opening hours beside the time: the old release reads its own column after the rollback."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    opens = models.TimeField(null=True)
    hours = models.CharField(max_length=30)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opens", models.TimeField(null=True)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "hours", models.CharField(default="", max_length=30), False)]
