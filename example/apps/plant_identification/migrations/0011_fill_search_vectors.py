"""Make the species that are there already searchable.

Purpose: species written before the trigger have no ``search_vector``. Writing a name over itself lets the
trigger fill it, so that what is searched is defined in one place. PostgreSQL only, like the trigger.

Risks: every species may be written once, in batches that are transactions of their own. If it stops half
way, run it again: it goes on with the species that have no vector.

Rollback: empties the vectors that this migration had filled; those of species written since stay.

Backup: which species were filled is parked in ``core_parkedrow``.
"""

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import Parking

MIGRATION = "plant_identification.0011_fill_search_vectors"


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    parking = Parking(apps, schema_editor, MIGRATION, "plant_identification.species")
    for batch in in_batches(parking.rows.filter(search_vector__isnull=True).only("pk")):
        keys = [species.pk for species in batch]
        with transaction.atomic(using=parking.alias):
            parking.park({pk: {} for pk in keys})
            parking.rows.filter(pk__in=keys).update(scientific_name=F("scientific_name"))


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    parking = Parking(apps, schema_editor, MIGRATION, "plant_identification.species")
    for payloads in parking.unpark():
        parking.rows.filter(pk__in=payloads).update(search_vector=None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("plant_identification", "0010_search_vector_trigger"), ("core", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
