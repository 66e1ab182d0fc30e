"""Give all rows other keys by a formula, and back by its inverse: every row is there, new ones included."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Ticket(models.Model):
    code = models.TextField(primary_key=True)
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Ticket",
            [("code", models.TextField(primary_key=True, serialize=False)), ("title", models.CharField(max_length=80))],
        )
    ]


# migrations/0002_target.py
from django.db.models.functions import Reverse


def up(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_key_formula", "Ticket").objects.update(code=Reverse("code"))


def down(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_key_formula", "Ticket").objects.update(code=Reverse("code"))


class Migration(migrations.Migration):
    operations = [migrations.RunPython(up, down)]
