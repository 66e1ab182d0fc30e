"""Read keys of JSON documents that the application always writes, by subscript, with get and in a list. Rows have these
keys. Documents without them, as edge rows have, are a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data", "reapply-fails"})


# models.py
class Panel(models.Model):
    data = models.JSONField(default=dict)
    theme = models.CharField(max_length=40, default="")
    width = models.IntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Panel",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField(default=dict)),
            ],
        )
    ]


# migrations/0002_target.py
def copy(apps, schema_editor):
    for panel in apps.get_model("values_not_understood_near_miss_keys", "Panel").objects.all():
        ui = panel.data["ui"]
        panel.theme = ui.get("theme", {}).get("name")[:40]
        panel.width = sum(len(widget["title"]) for widget in ui["widgets"])
        panel.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("panel", "theme", models.CharField(max_length=40, default="")),
        migrations.AddField("panel", "width", models.IntegerField(default=0)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
