"""Write a value that PostgreSQL refuses for its length, which SQLite ignores. Both understand the statement."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"forward-fails"})}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    code = models.CharField(default="", max_length=3)


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("unguarded_vendor_sql_near_miss_values", "Note").objects.update(code="draft")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "code", models.CharField(default="", max_length=3)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
