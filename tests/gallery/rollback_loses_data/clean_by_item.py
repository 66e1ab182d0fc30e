"""Rename a type of blocks in documents that are lists, and keep the documents as they were for the reverse."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Page(models.Model):
    body = models.JSONField(default=list)
    before = models.JSONField(null=True)


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
    for page in apps.get_model("rollback_loses_data_clean_by_item", "Page").objects.all():
        before = copy.deepcopy(page.body)
        for block in page.body:
            if isinstance(block, dict) and block.get("type") == "para":
                block["type"] = "paragraph"
        if page.body != before:
            page.before = before
            page.save()


def restore(apps, schema_editor):
    for page in apps.get_model("rollback_loses_data_clean_by_item", "Page").objects.exclude(before=None):
        renamed = [
            {**block, "type": "paragraph"} if isinstance(block, dict) and block.get("type") == "para" else block
            for block in page.before
        ]
        if page.body == renamed:
            page.body = page.before
            page.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("page", "before", models.JSONField(null=True)),
        migrations.RunPython(rename, restore),
    ]
