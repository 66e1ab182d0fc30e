"""Rename a type of blocks in documents that are lists. The code alone names the type, and the reverse does nothing."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Page(models.Model):
    body = models.JSONField(default=list)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Page",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.JSONField(default=list)),
            ],
        )
    ]


# migrations/0002_target.py
import copy


def rename(apps, schema_editor):
    for page in apps.get_model("rollback_loses_data_unsafe_by_item", "Page").objects.all():
        before = copy.deepcopy(page.body)
        for block in page.body:
            if isinstance(block, dict) and block.get("type") == "para":
                block["type"] = "paragraph"
        if page.body != before:
            page.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
