"""The care instructions of a species, in one step.

Purpose: stands for 0002, 0003 and 0004, which were written within a week; a new database runs one migration
instead of three. The three stay until every database has gone past them.

Risks: none; the same columns as the three.

Rollback: drops the three columns.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("plant_identification", "0002_species_light"),
        ("plant_identification", "0003_species_watering"),
        ("plant_identification", "0004_species_toxicity"),
    ]

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
        migrations.AddField(
            "Species", "watering_days", models.PositiveSmallIntegerField(blank=True, null=True)
        ),
        migrations.AddField("Species", "toxic_to_pets", models.BooleanField(db_default=False, default=False)),
    ]
