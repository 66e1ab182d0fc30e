"""Take sizes such as 3x4 apart. Rows have texts in this form; others, as edge rows have, are a warning."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data", "reapply-fails"})


# models.py
class Tile(models.Model):
    size = models.CharField(max_length=40)
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)


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
def copy(apps, schema_editor):
    for tile in apps.get_model("values_not_understood_near_miss_parts", "Tile").objects.all():
        tile.width, tile.height = map(int, tile.size.split("x"))
        tile.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("tile", "width", models.IntegerField(default=0)),
        migrations.AddField("tile", "height", models.IntegerField(default=0)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
