"""Rename a model in the state alone, and its content type by hand, in both directions: the references to it follow."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Article(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "rollback_loses_data_near_miss_content_type_product"


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
            options={"db_table": "rollback_loses_data_near_miss_content_type_product"},
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
    if not types.filter(app_label="rollback_loses_data_near_miss_content_type", model="article").exists():
        types.filter(app_label="rollback_loses_data_near_miss_content_type", model="product").update(model="article")


def rename_back(apps, schema_editor):
    types = apps.get_model("contenttypes", "ContentType").objects
    types.filter(app_label="rollback_loses_data_near_miss_content_type", model="product").delete()
    types.filter(app_label="rollback_loses_data_near_miss_content_type", model="article").update(model="product")


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
                    options={"db_table": "rollback_loses_data_near_miss_content_type_product"},
                ),
                migrations.DeleteModel("Product"),
            ]
        ),
        migrations.RunPython(rename, rename_back),
    ]
