"""Delete the rows whose content type is gone; the reverse does nothing. No row has a null there unless a content type
was deleted.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Remark(models.Model):
    content_type = models.ForeignKey(
        "contenttypes.ContentType", models.SET_NULL, null=True, related_name="%(app_label)s"
    )
    object_id = models.PositiveBigIntegerField()
    note = models.TextField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel(
            "Remark",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content_type",
                    models.ForeignKey(
                        "contenttypes.ContentType", models.SET_NULL, null=True, related_name="%(app_label)s"
                    ),
                ),
                ("object_id", models.PositiveBigIntegerField()),
                ("note", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
def clear(apps, schema_editor):
    remarks = apps.get_model("rollback_loses_data_unsafe_orphans", "Remark").objects
    remarks.filter(content_type__isnull=True).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(clear, migrations.RunPython.noop)]
