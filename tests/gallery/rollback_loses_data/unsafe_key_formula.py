"""Give all rows other keys by a formula, and back by one that is not its inverse: rows have other keys than before."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "failed", errors={"rollback-loses-data", "rollback-leaves-data", "reapply-differs"}, needs_rows=True
)


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
from django.db.models import Value
from django.db.models.functions import Concat, Reverse


def up(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_key_formula", "Ticket").objects.update(code=Reverse("code"))


def down(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_key_formula", "Ticket").objects.update(
        code=Concat(Reverse("code"), Value("!"))
    )


class Migration(migrations.Migration):
    operations = [migrations.RunPython(up, down)]
