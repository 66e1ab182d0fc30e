"""Drop a unique constraint: new duplicates refuse the rollback; without them, it builds the index again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

REFUSED = {"rollback-blocked-by-new-rows"}
EXPECTED = {
    "sqlite": Expected("failed", errors=REFUSED),
    "postgresql": Expected("failed", errors=REFUSED, warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["title"], name="blocking_lock_refused")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveConstraint("note", "blocking_lock_refused")]
