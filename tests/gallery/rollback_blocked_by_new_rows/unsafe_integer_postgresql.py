"""Make an integer column larger. The new release may write numbers that the old column cannot hold. SQLite has one
size of integers.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True),
}


# models.py
class Note(models.Model):
    number = models.BigIntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "number", models.BigIntegerField())]
