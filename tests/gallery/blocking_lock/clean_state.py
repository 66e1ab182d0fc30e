"""Change a label: no statement is sent."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, verbose_name="headline")


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=80, verbose_name="headline"))]
