"""Register a system check of one's own that raises: Django's commands end with it, `migrate` among them."""

from django.db import migrations, models
from gallery_tests.expected import Expected

ALONE = True  # Django refuses to migrate the whole project
EXPECTED = Expected("passed", errors={"system-check"})


# models.py
from django.core import checks


class Note(models.Model):
    title = models.CharField(max_length=80)
    text = models.TextField(default="")


@checks.register()
def titles(app_configs, **options):
    return [checks.Warning(Note.no_such_title)]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "text", models.TextField(default=""))]
