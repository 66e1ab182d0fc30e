"""Use a manager that the historical model has too, since it says `use_in_migrations`."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Lengths(models.Manager):
    use_in_migrations = True

    def fill(self):
        self.update(length=1)


class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)

    objects = Lengths()


# migrations/0002_target.py
from live_model_import_clean_manager.models import Lengths


def fill(apps, schema_editor):
    apps.get_model("live_model_import_clean_manager", "Note").objects.fill()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.AlterModelManagers("note", [("objects", Lengths())]),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
