"""Store prices in other units, then index them: run again after an interruption, prices are converted twice."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable"})


# models.py
class Plant(models.Model):
    name = models.CharField(max_length=80)
    price = models.IntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Plant",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("price", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
def negate(apps, schema_editor):
    Plant = apps.get_model("forward_not_resumable_unsafe_twice", "Plant")
    Plant.objects.update(price=-1 - models.F("price"))


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunPython(negate, negate),
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS forward_not_resumable_cost ON forward_not_resumable_unsafe_twice_plant (price)",
            "DROP INDEX IF EXISTS forward_not_resumable_cost",
        ),
    ]
