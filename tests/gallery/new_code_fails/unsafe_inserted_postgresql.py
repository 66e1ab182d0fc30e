"""Insert rows with keys of their own by SQL: the sequence of the new table does not know, and gives them again. SQLite
continues after the greatest key.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"new-code-fails"})}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Level(models.Model):
    name = models.CharField(max_length=20)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Level",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO new_code_fails_unsafe_inserted_postgresql_level (id, name) VALUES (1, 'low'), (2, 'high')",
            migrations.RunSQL.noop,
        ),
    ]
