"""Turn a UUID into text. SQLite takes any text back into the column, where the old release cannot read it as a UUID;
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
    key = models.CharField(max_length=64)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "key", models.CharField(max_length=64))]
