"""Move the care instructions out of the species (second half), with a backup table.

Purpose: fills a care sheet for every species that has none, then drops the three columns from the species.
``docs/development/MIGRATION_0008_SAFETY_IMPROVEMENTS.md`` tells how this migration came to be as it is.

Risks: destructive. The release before this one reads the columns, so deploy it only when that release is
gone everywhere. The statements are set-based: a few, whatever the number of species, in one transaction.

Rollback: the columns come back. A species that was there before gets exactly what it had, or what gardeners
have made of its new care sheet since; a species added since gets what is on its care sheet. Then the care
sheets that this migration filled are removed.

Backup: ``plant_identification_species_care_backup`` holds the three columns of every species, and whether
it had a care sheet; rolling back drops it. Drop it by hand when a rollback is out of the question.
"""

from django.db import migrations

BACKUP = "plant_identification_species_care_backup"
SPECIES = "plant_identification_species"
SHEET = "plant_identification_caresheet"
COLUMNS = ("light", "watering_days", "toxic_to_pets")


def copy_to_species(source: str, key: str, condition: str) -> str:
    """The statement that sets the species' columns from a row of another table with the same key."""
    assignments = ", ".join(
        f"{column} = (SELECT source.{column} FROM {source} source WHERE source.{key} = {SPECIES}.id)"
        for column in COLUMNS
    )
    return f"UPDATE {SPECIES} SET {assignments} WHERE id IN ({condition})"


BACK_UP = f"""
    CREATE TABLE {BACKUP} AS
    SELECT species.id, species.light, species.watering_days, species.toxic_to_pets,
           sheet.species_id IS NOT NULL AS had_sheet
    FROM {SPECIES} species LEFT JOIN {SHEET} sheet ON sheet.species_id = species.id
"""
# Restoring looks every species up by its key; without the index that is a scan of the backup for each.
INDEX_BACKUP = f"CREATE UNIQUE INDEX {BACKUP}_key ON {BACKUP} (id)"
FILL_SHEETS = f"""
    INSERT INTO {SHEET} (species_id, light, watering_days, toxic_to_pets)
    SELECT id, light, watering_days, toxic_to_pets FROM {BACKUP} WHERE NOT had_sheet
"""
REMOVE_SHEETS = f"DELETE FROM {SHEET} WHERE species_id IN (SELECT id FROM {BACKUP} WHERE NOT had_sheet)"

RESTORE_BACKUP = copy_to_species(BACKUP, "id", f"SELECT id FROM {BACKUP}")
# Where the care sheet is what this migration made of the columns, or newer, it is the better source.
RESTORE_SHEETS = copy_to_species(
    SHEET,
    "species_id",
    f"SELECT species_id FROM {SHEET} WHERE species_id NOT IN (SELECT id FROM {BACKUP} WHERE had_sheet)",
)


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0007_care_sheet")]

    # Rolling back runs these from the last to the first: the columns, what was in them, the care sheets.
    operations = [
        migrations.RunSQL([BACK_UP, INDEX_BACKUP], f"DROP TABLE {BACKUP}"),
        migrations.RunSQL(FILL_SHEETS, REMOVE_SHEETS),
        migrations.RunSQL(migrations.RunSQL.noop, [RESTORE_BACKUP, RESTORE_SHEETS]),
        migrations.RemoveField("Species", "light"),
        migrations.RemoveField("Species", "watering_days"),
        migrations.RemoveField("Species", "toxic_to_pets"),
    ]
