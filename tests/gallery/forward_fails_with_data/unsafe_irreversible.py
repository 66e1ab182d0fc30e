"""Make titles unique, which two equal titles stop, and add an operation without a reverse. The rows that stop it hide
nothing: that it is irreversible is reported as well.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"irreversible"}, warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, unique=True)


# migrations/0002_target.py
def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True)),
        migrations.RunPython(nothing),
    ]
