"""Convert the documents of one kind, and delete the tags of one name: both are named by the code alone. The reverse
does nothing.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=40)


class Widget(models.Model):
    data = models.JSONField(default=dict)
    tags = models.ManyToManyField(Tag)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Widget",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField(default=dict)),
                ("tags", models.ManyToManyField(to="rollback_loses_data_unsafe_by_document.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
def convert(apps, schema_editor):
    for widget in apps.get_model("rollback_loses_data_unsafe_by_document", "Widget").objects.all():
        if widget.data.get("kind") != "chart":
            continue
        widget.data["kind"] = "graph"
        widget.save()
    for widget in apps.get_model("rollback_loses_data_unsafe_by_document", "Widget").objects.filter(
        tags__name="obsolete"
    ):
        widget.tags.clear()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
