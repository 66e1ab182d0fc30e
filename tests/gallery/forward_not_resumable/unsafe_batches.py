"""Negate prices in batches by their keys: those that were committed before an interruption are negated again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable", "rollback-not-atomic"})


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
from django.db import transaction

BATCH = 1000


def negate(apps, schema_editor):
    plants = apps.get_model("forward_not_resumable_unsafe_batches", "Plant").objects
    last = 0
    while keys := list(plants.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            plants.filter(pk__in=keys).update(price=-1 - models.F("price"))
        last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.RunPython(negate, negate)]
