"""A column for full-text search.

Purpose: what a species can be found by, ready for PostgreSQL's full-text search. SQLite has the column too,
so that models and tests are the same, and never fills it.

Risks: none; the column may be null and nothing reads it yet.

Rollback: drops the column; it holds nothing that cannot be worked out again.

Backup: none needed.
"""

import django.contrib.postgres.search
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0008_split_care_from_species")]

    operations = [
        migrations.AddField(
            "Species",
            "search_vector",
            django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
        ),
    ]
