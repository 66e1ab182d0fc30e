"""How many days a species can go without water.

Purpose: the second of the care instructions.

Risks: none; the column may be null.

Rollback: drops the column.

Backup: none needed. Squashed into 0002_squashed_0004.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0002_species_light")]

    operations = [
        migrations.AddField(
            "Species", "watering_days", models.PositiveSmallIntegerField(blank=True, null=True)
        ),
    ]
