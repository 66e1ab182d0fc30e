"""Set a state by SQL, for orders in two other states and above a price. The reverse does nothing."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Order(models.Model):
    state = models.CharField(max_length=20)
    price = models.PositiveIntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=20)),
                ("price", models.PositiveIntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "UPDATE rollback_loses_data_unsafe_by_literal_order SET state = 'dear' "
            "WHERE state IN ('sent', 'paid') AND price > 500",
            migrations.RunSQL.noop,
        )
    ]
