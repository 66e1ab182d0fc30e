"""Create a table that refers to another: the lock on that one is brief."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Line(models.Model):
    note = models.ForeignKey(Note, models.CASCADE)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Line",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.ForeignKey("blocking_lock_near_miss_new_table.note", models.CASCADE)),
            ],
        )
    ]
