"""A table for care instructions (first half of splitting the species).

Purpose: care instructions are edited by gardeners, species by botanists; each gets a table of its own. The
species' key is the care sheet's key, so that there is at most one.

Risks: none, it is a new table that nothing reads yet.

Rollback: drops the table; the species still has its columns until 0008.

Backup: none needed.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0006_rename_request_to_identification")]

    operations = [
        migrations.CreateModel(
            name="CareSheet",
            fields=[
                (
                    "species",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="care_sheet",
                        serialize=False,
                        to="plant_identification.species",
                    ),
                ),
                (
                    "light",
                    models.CharField(
                        choices=[("shade", "Shade"), ("medium", "Medium"), ("sun", "Sun")],
                        db_default="medium",
                        default="medium",
                        max_length=12,
                    ),
                ),
                ("watering_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("toxic_to_pets", models.BooleanField(db_default=False, default=False)),
            ],
        ),
    ]
