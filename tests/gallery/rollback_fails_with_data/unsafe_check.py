"""Drop a check constraint and make every price negative: with rows in the table the constraint cannot be created
again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    price = models.DecimalField(decimal_places=2, max_digits=8)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price", models.DecimalField(decimal_places=2, max_digits=8)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(price__gte=0), name="rollback_fails_with_data_unsafe_check_price"
                    )
                ]
            },
        )
    ]


# migrations/0002_target.py
def owe(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_check", "Note").objects.update(price=-1)


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("note", "rollback_fails_with_data_unsafe_check_price"),
        migrations.RunPython(owe, migrations.RunPython.noop),
    ]
