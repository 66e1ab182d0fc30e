"""Turn a time of day into text. SQLite takes any text back into the column, where the old release reads None;
PostgreSQL refuses it during the rollback.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"old-code-fails-after-rollback"}),
    "postgresql": Expected("failed", errors={"rollback-blocked-by-new-rows"}),
}


# models.py
class Note(models.Model):
    opens = models.CharField(max_length=30)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opens", models.TimeField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "opens", models.CharField(max_length=30))]
