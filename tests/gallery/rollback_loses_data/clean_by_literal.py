"""Move orders from one state to a new one by SQL, and back, where only the new release knows the new state."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Order(models.Model):
    state = models.CharField(max_length=20)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=20)),
            ],
        )
    ]


# migrations/0002_target.py
TABLE = "rollback_loses_data_clean_by_literal_order"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            [(f"UPDATE {TABLE} SET state = %s WHERE state = %s", ["handed-over", "sent"])],
            [(f"UPDATE {TABLE} SET state = %s WHERE state = %s", ["sent", "handed-over"])],
        )
    ]
