"""Drop a unique constraint and add a column outside of a transaction (`atomic = False`). The rollback drops the
column, then new duplicates refuse the constraint.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

ERRORS = {"rollback-blocked-by-new-rows", "rollback-not-atomic"}
EXPECTED = {
    "sqlite": Expected("failed", errors=ERRORS, needs_rows=True),
    "postgresql": Expected("failed", errors={*ERRORS, "forward-not-resumable"}, needs_rows=True),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["title"], name="rollback_not_atomic_title")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RemoveConstraint("note", "rollback_not_atomic_title"),
        migrations.AddField("note", "body", models.TextField(null=True)),
    ]
