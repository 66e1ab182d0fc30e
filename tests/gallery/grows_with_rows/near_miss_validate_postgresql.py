"""Add a positive number that may be null, with a check that a second migration validates: every row is read, and nobody
has to wait.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    stars = models.IntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(stars__gte=0), name="grows_with_rows_positive")]


# migrations/0002_not_valid.py
from django.contrib.postgres.operations import AddConstraintNotValid


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "stars", models.IntegerField(null=True)),
        AddConstraintNotValid(
            "note", models.CheckConstraint(condition=models.Q(stars__gte=0), name="grows_with_rows_positive")
        ),
    ]


# migrations/0003_target.py
from django.contrib.postgres.operations import ValidateConstraint


class Migration(migrations.Migration):
    operations = [ValidateConstraint("note", "grows_with_rows_positive")]
