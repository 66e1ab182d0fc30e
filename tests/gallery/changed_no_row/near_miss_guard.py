"""Insert an order on PostgreSQL alone. On SQLite it does nothing because of the vendor, and another database of the
run rehearses it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


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
def mark(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        apps.get_model("changed_no_row_near_miss_guard", "Order").objects.create(state="marked")


def unmark(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        apps.get_model("changed_no_row_near_miss_guard", "Order").objects.filter(state="marked").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(mark, unmark)]
