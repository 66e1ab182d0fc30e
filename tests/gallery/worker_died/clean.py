"""Return from the function once its work is done: the process goes on to the next migration."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def add(apps, schema_editor):
    apps.get_model("worker_died_clean", "Note").objects.create(title="last")


def remove(apps, schema_editor):
    apps.get_model("worker_died_clean", "Note").objects.filter(title="last").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
