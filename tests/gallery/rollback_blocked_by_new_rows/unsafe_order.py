"""Drop a check constraint over two columns. The new release may write rows that violate it, and then it cannot be
created again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Note(models.Model):
    begins = models.DateField()
    ends = models.DateField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins", models.DateField()),
                ("ends", models.DateField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(ends__gte=models.F("begins")),
                        name="rollback_blocked_by_new_rows_unsafe_order_order",
                    )
                ]
            },
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveConstraint("note", "rollback_blocked_by_new_rows_unsafe_order_order")]
