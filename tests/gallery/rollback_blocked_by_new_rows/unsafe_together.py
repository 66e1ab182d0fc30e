"""Drop a unique constraint over two columns. The new release may write duplicates, and then it cannot be created
again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Owner(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    day = models.DateField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Owner",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=models.CASCADE, to="rollback_blocked_by_new_rows_unsafe_together.owner"
                    ),
                ),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["owner", "day"], name="rollback_blocked_by_new_rows_unsafe_together_day"
                    )
                ]
            },
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveConstraint("note", "rollback_blocked_by_new_rows_unsafe_together_day")]
