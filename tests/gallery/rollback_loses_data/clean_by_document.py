"""Rename a key of documents that have it, and back, but leave documents alone that had the new key before: the reverse
finds out by the version that the migration writes beside it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Widget(models.Model):
    data = models.JSONField(default=dict)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Widget",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField(default=dict)),
            ],
        )
    ]


# migrations/0002_target.py
def rename(apps, schema_editor):
    for widget in apps.get_model("rollback_loses_data_clean_by_document", "Widget").objects.all():
        if "colour" in widget.data:
            widget.data |= {"color": widget.data.pop("colour"), "version": 2}
            widget.save()


def restore(apps, schema_editor):
    for widget in apps.get_model("rollback_loses_data_clean_by_document", "Widget").objects.all():
        if widget.data.pop("version", None) == 2:
            widget.data["colour"] = widget.data.pop("color")
            widget.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(rename, restore)]
