"""Read JSON from a text column and write it in another order, and back. Text that is no JSON makes it raise: a warning,
as with other edge rows. With JSON it is rehearsed, and passes.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data", "rollback-fails-with-data"})


# models.py
class Widget(models.Model):
    content = models.TextField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Widget",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
import json


def wrap(apps, schema_editor):
    for widget in apps.get_model("values_not_understood_near_miss_json", "Widget").objects.all():
        widget.content = json.dumps([json.loads(widget.content)])
        widget.save()


def unwrap(apps, schema_editor):
    for widget in apps.get_model("values_not_understood_near_miss_json", "Widget").objects.all():
        content = json.loads(widget.content)
        widget.content = json.dumps(content[0] if isinstance(content, list) else content)
        widget.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(wrap, unwrap)]
