"""Give a model a new content type in both directions, and point what refers to the old one at it: other numbers, with
the same meaning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")
ALONE = True


# models.py
class Article(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "rollback_loses_data_near_miss_new_content_type_product"


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
            options={"db_table": "rollback_loses_data_near_miss_new_content_type_product"},
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
def replace(apps, old, new):
    types = apps.get_model("contenttypes", "ContentType").objects
    made, _ = types.get_or_create(app_label="rollback_loses_data_near_miss_new_content_type", model=new)
    for kind in types.filter(app_label="rollback_loses_data_near_miss_new_content_type", model=old):
        for relation in kind._meta.related_objects:
            relation.related_model.objects.filter(**{relation.field.name: kind}).update(**{relation.field.name: made})
        kind.delete()


def rename(apps, schema_editor):
    replace(apps, "product", "article")


def rename_back(apps, schema_editor):
    replace(apps, "article", "product")


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
                    options={"db_table": "rollback_loses_data_near_miss_new_content_type_product"},
                ),
                migrations.DeleteModel("Product"),
            ]
        ),
        migrations.RunPython(rename, rename_back),
    ]
