"""Add a check, which reads every row while nobody can use the table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id__gt=0), name="blocking_lock_positive")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddConstraint(
            "note", models.CheckConstraint(condition=models.Q(id__gt=0), name="blocking_lock_positive")
        )
    ]
