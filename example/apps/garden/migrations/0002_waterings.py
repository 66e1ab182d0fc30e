"""When a plant was watered.

Purpose: a diary, with a check that refuses a hundred litres for a pot plant.

Risks: none, it is a new table.

Rollback: drops the table with the diary in it.

Backup: dump ``garden_watering`` before rolling back if members are to keep their diaries.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("garden", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Watering",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("watered_on", models.DateField()),
                ("millilitres", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "planting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waterings",
                        to="garden.planting",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(millilitres__isnull=True) | Q(millilitres__lte=100_000),
                        name="garden_watering_plausible",
                    )
                ],
            },
        ),
    ]
