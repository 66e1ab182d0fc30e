"""Take the collation from a unique column that was compared without case on SQLite. Names in another case that the new
release stores keep the collation from coming back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True),
    "postgresql": Expected("passed"),
}


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)


# migrations/0001_initial.py
from django.db import connection

COLLATION = "NOCASE" if connection.vendor == "sqlite" else None


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True, db_collation=COLLATION)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("tag", "name", models.CharField(max_length=60, unique=True))]
