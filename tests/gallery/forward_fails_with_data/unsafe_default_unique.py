"""Make a column unique that the migration before added: all rows from before have its default."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.SlugField(default="", unique=True)


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "slug", models.SlugField(default=""))]


# migrations/0003_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "slug", models.SlugField(default="", unique=True))]
