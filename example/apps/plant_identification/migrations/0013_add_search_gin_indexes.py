"""GIN indexes for the search box.

Purpose: full-text search over ``search_vector``, and a trigram index for searching a part of a scientific
name (``ILIKE '%monstera%'``). Trigrams need the extension ``pg_trgm``, which this migration creates.

Risks: on PostgreSQL the indexes are built concurrently, without stopping writes, hence without a
transaction. If the build stops half way, run the migration again. Creating an extension needs the right to
create objects in the database (``pg_trgm`` is a trusted extension). SQLite gets no extension; its twins of
the two indexes are plain ones, so that Django's models and both databases agree on what there is.

Rollback: drops the indexes, then the extension, unless it was there before this migration. Searches get
slower, nothing else changes.

Backup: none needed, no row is touched.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from apps.core.migration_support.operations import AddIndexResumably, OwnExtension


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("plant_identification", "0012_add_performance_indexes")]

    operations = [
        OwnExtension("pg_trgm", owner="plant_identification.0013_add_search_gin_indexes"),
        AddIndexResumably("Species", GinIndex(fields=["search_vector"], name="plant_species_search_gin")),
        AddIndexResumably(
            "Species",
            GinIndex(fields=["scientific_name"], name="plant_species_name_trgm", opclasses=["gin_trgm_ops"]),
        ),
    ]
