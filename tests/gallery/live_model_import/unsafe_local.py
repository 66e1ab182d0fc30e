"""Import the models of today where they are used, in the function itself, and make a row of one."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"live-model-import"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
def fill(apps, schema_editor):
    from live_model_import_unsafe_local import models as present

    present.Note(title="Welcome").save()


def empty(apps, schema_editor):
    apps.get_model("live_model_import_unsafe_local", "Note").objects.filter(title="Welcome").delete()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, empty),
    ]
