"""Mark the rows whose content type is gone, and keep them: the reverse takes the mark away."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
def orphans(apps):
    remarks = apps.get_model("rollback_loses_data_clean_orphans", "Remark").objects
    return remarks.filter(content_type__isnull=True)


def mark(apps, schema_editor):
    for remark in orphans(apps):
        remark.note = f"orphan: {remark.note}"
        remark.save()


def unmark(apps, schema_editor):
    for remark in orphans(apps):
        remark.note = remark.note.removeprefix("orphan: ")
        remark.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(mark, unmark)]
