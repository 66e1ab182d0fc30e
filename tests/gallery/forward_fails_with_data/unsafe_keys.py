"""Copy from keys of JSON documents into a unique column, the same for each: documents with these keys break it too."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Panel(models.Model):
    data = models.JSONField(default=dict)
    depth = models.IntegerField(null=True, unique=True)


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
    for panel in apps.get_model("forward_fails_with_data_unsafe_keys", "Panel").objects.all():
        panel.depth = 2 if panel.data["ui"]["theme"] else 1
        panel.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("panel", "depth", models.IntegerField(null=True, unique=True)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
