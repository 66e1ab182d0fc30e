"""Take texts apart whose parts only the application can read."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"values-not-understood"},
    reason="it cannot read the values made for values_not_understood_unsafe_parts_tile.size: values-not-understood",
)


# models.py
class Tile(models.Model):
    size = models.CharField(max_length=40)
    width = models.IntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tile",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
WIDTHS = {"wide": 4, "narrow": 2}


def width_of(text):
    name, number = text.split("@")
    if name not in WIDTHS:
        raise ValueError(name)
    return WIDTHS[name] * int(number)


def copy(apps, schema_editor):
    for tile in apps.get_model("values_not_understood_unsafe_parts", "Tile").objects.all():
        tile.width = width_of(tile.size)
        tile.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("tile", "width", models.IntegerField(default=0)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
