"""Insert rows by SQL and leave their keys to the database: its sequence goes past them."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
            "INSERT INTO new_code_fails_clean_inserted_level (name) VALUES ('low'), ('high')", migrations.RunSQL.noop
        ),
    ]
