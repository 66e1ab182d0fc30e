"""Insert an order and delete it again. A number is drawn from the sequence, but no row is another, so nothing that the
migration is written for was tried.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"changed-no-row"},
    reason="RunPython (Raw Python operation) changed neither a row nor the schema: changed-no-row",
)


# models.py
class Order(models.Model):
    state = models.CharField(max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
def draw(apps, schema_editor):
    apps.get_model("changed_no_row_unsafe_drawn", "Order").objects.create(state="drawn").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(draw, draw)]
