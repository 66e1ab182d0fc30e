"""Fill a new column through the registry of the models of today, which has the name of the argument."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"live-model-import"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
from django.apps import apps


def fill(_, schema_editor):
    apps.get_model("live_model_import_unsafe_registry", "Note").objects.update(length=1)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
