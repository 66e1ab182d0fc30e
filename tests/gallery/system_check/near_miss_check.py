"""Register a system check of one's own that finds nothing."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.core import checks


class Note(models.Model):
    title = models.CharField(max_length=80)
    text = models.TextField(default="")


@checks.register()
def titles(app_configs, **options):
    return [checks.Warning("The titles are too long.")] if Note._meta.get_field("title").max_length > 80 else []


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "text", models.TextField(default=""))]
