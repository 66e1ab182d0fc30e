"""Add a check constraint that the rows that exist violate: it can be created on an empty table alone."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    amount = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=1_000_000_000), name="forward_fails_with_data_unsafe_check_amount"
            )
        ]


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddConstraint(
            "note",
            models.CheckConstraint(
                condition=models.Q(amount__gt=1_000_000_000), name="forward_fails_with_data_unsafe_check_amount"
            ),
        )
    ]
