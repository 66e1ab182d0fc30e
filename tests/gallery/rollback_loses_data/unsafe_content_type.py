"""Rename a model in the state alone, and its content type by hand; the reverse leaves the content type. Notes about
products keep its id, which now stands for another model: the old release finds no product behind them.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Article(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "rollback_loses_data_unsafe_content_type_product"


class Remark(models.Model):
    kind = models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s")
    oid = models.PositiveBigIntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel(
            "Product",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
            options={"db_table": "rollback_loses_data_unsafe_content_type_product"},
        ),
        migrations.CreateModel(
            "Remark",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s")),
                ("oid", models.PositiveBigIntegerField()),
            ],
        ),
    ]


# migrations/0002_target.py
def rename(apps, schema_editor):
    types = apps.get_model("contenttypes", "ContentType").objects
    if not types.filter(app_label="rollback_loses_data_unsafe_content_type", model="article").exists():
        types.filter(app_label="rollback_loses_data_unsafe_content_type", model="product").update(model="article")


class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    "Article",
                    [
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                    ],
                    options={"db_table": "rollback_loses_data_unsafe_content_type_product"},
                ),
                migrations.DeleteModel("Product"),
            ]
        ),
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
