"""Change orders on PostgreSQL alone."""

from django.db import migrations


def mark(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        apps.get_model("changed_no_row_near_miss_guard", "Order").objects.create(state="marked")


def unmark(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        apps.get_model("changed_no_row_near_miss_guard", "Order").objects.filter(state="marked").delete()


class Migration(migrations.Migration):
    dependencies = [("changed_no_row_near_miss_guard", "0001_initial")]
    operations = [
        migrations.RunPython(mark, unmark),
    ]
