"""Swap two columns of every row: the old release reads and saves them as it did."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"unbatched-data-migration", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    other = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("other", models.CharField(max_length=80)),
            ],
        )
    ]


# migrations/0002_target.py
def swap(apps, schema_editor):
    apps.get_model("old_code_breaks_near_miss_rows", "Note").objects.update(
        title=models.F("other"), other=models.F("title")
    )


class Migration(migrations.Migration):
    operations = [migrations.RunPython(swap, swap)]
