"""Indexes for the pages that are read most.

Purpose: species by family; a member's identifications, newest first; and a partial index for the queue of
photographs that are still waiting for a name, which is a small part of the table.

Risks: on PostgreSQL the indexes are built concurrently, without stopping writes, hence without a
transaction. If the build stops half way, run the migration again: finished indexes are kept, and an index
that PostgreSQL left invalid is dropped and built anew. SQLite builds them in the ordinary way.

Rollback: drops the indexes, concurrently where they were built so; can be run again too. Queries get
slower, nothing else changes.

Backup: none needed, no row is touched.
"""

from django.db import migrations, models
from django.db.models import Q

from apps.core.migration_support.operations import AddIndexResumably


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("plant_identification", "0011_fill_search_vectors")]

    operations = [
        AddIndexResumably(
            "Species", models.Index(fields=["family", "scientific_name"], name="plant_species_family_idx")
        ),
        AddIndexResumably(
            "Identification", models.Index(fields=["user", "-created_at"], name="plant_ident_user_recent_idx")
        ),
        AddIndexResumably(
            "Identification",
            models.Index(
                fields=["created_at"], name="plant_ident_waiting_idx", condition=Q(species__isnull=True)
            ),
        ),
    ]
