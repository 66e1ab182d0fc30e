"""Let the database number an integer primary key from now on. Its sequence starts at 1, which a row has: the new
release cannot insert. SQLite continues after the greatest key.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"new-code-fails"})}
SAFE_TWIN = "near_miss_key"


# models.py
class Note(models.Model):
    name = models.CharField(max_length=60)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note", [("id", models.BigIntegerField(primary_key=True)), ("name", models.CharField(max_length=60))]
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(
            "note", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
        )
    ]
