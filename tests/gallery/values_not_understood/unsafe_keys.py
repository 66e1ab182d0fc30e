"""Read documents by keys that other columns have: nobody can make such documents but the application."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"values-not-understood"},
    reason="it cannot read the values made for values_not_understood_unsafe_keys_panel.data: values-not-understood",
)


# models.py
class Panel(models.Model):
    slug = models.SlugField(max_length=40)
    data = models.JSONField(default=dict)
    theme = models.CharField(max_length=40, default="")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Panel",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40)),
                ("data", models.JSONField(default=dict)),
            ],
        )
    ]


# migrations/0002_target.py
def copy(apps, schema_editor):
    for panel in apps.get_model("values_not_understood_unsafe_keys", "Panel").objects.all():
        panel.theme = panel.data[panel.slug]["theme"]
        panel.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("panel", "theme", models.CharField(max_length=40, default="")),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
