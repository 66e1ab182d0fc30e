"""Turn text into a date. SQLite takes any text into the column, where the new release reads None and cannot save;
PostgreSQL refuses it during the migration.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"new-code-fails"}),
    "postgresql": Expected("failed", errors={"forward-fails-with-data"}),
}


# models.py
class Note(models.Model):
    made = models.DateField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made", models.CharField(max_length=30)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "made", models.DateField())]
