"""Make an integer column a bigint one, and one for 80 characters one for 90. The reverse does nothing. SQLite stores
both alike, PostgreSQL does not.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"rollback-leaves-schema"})}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=90)
    size = models.BigIntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("size", models.IntegerField(default=0)),
            ],
        )
    ]


# migrations/0002_target.py
class AlterOnTheWayThere(migrations.AlterField):
    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Migration(migrations.Migration):
    operations = [
        AlterOnTheWayThere("note", "title", models.CharField(max_length=90)),
        AlterOnTheWayThere("note", "size", models.BigIntegerField(default=0)),
    ]
