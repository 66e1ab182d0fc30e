"""How bright a place a species wants.

Purpose: the first of the care instructions.

Risks: none; the default is in the database, so old code can go on inserting.

Rollback: drops the column.

Backup: none needed. Squashed into 0002_squashed_0004.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0001_initial")]

    operations = [
        migrations.AddField(
            "Species",
            "light",
            models.CharField(
                choices=[("shade", "Shade"), ("medium", "Medium"), ("sun", "Sun")],
                db_default="medium",
                default="medium",
                max_length=12,
            ),
        ),
    ]
