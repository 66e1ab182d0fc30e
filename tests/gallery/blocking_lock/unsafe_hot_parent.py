"""Create a table that refers to one that is always in use, which is named by its table: nothing limits the wait."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"blocking-lock"})}
HOT_TABLES = ("blocking_lock_unsafe_hot_parent_note",)


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
                ("note", models.ForeignKey("blocking_lock_unsafe_hot_parent.note", models.CASCADE)),
            ],
        )
    ]
