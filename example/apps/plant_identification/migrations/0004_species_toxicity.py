"""Whether a species harms pets.

Purpose: the third of the care instructions.

Risks: none; the default is in the database, so old code can go on inserting.

Rollback: drops the column.

Backup: none needed. Squashed into 0002_squashed_0004.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0003_species_watering")]

    operations = [
        migrations.AddField("Species", "toxic_to_pets", models.BooleanField(db_default=False, default=False)),
    ]
