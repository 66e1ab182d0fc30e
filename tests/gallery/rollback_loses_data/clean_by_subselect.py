"""Set the amount of the lines of one product, which SQL finds by its number, and keep what it was for the reverse."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Product(models.Model):
    number = models.CharField(max_length=20)


class Line(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    amount = models.PositiveIntegerField()
    before = models.PositiveIntegerField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Product",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            "Line",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.PositiveIntegerField()),
                ("product", models.ForeignKey("rollback_loses_data_clean_by_subselect.product", models.CASCADE)),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField("line", "before", models.PositiveIntegerField(null=True)),
        migrations.RunSQL(
            "UPDATE rollback_loses_data_clean_by_subselect_line SET before = amount, amount = 0 WHERE product_id IN "
            "(SELECT id FROM rollback_loses_data_clean_by_subselect_product WHERE number = 'LEGACY-1')",
            "UPDATE rollback_loses_data_clean_by_subselect_line SET amount = before WHERE before IS NOT NULL "
            "AND amount = 0 AND product_id IN "
            "(SELECT id FROM rollback_loses_data_clean_by_subselect_product WHERE number = 'LEGACY-1')",
        ),
    ]
