"""Indexes for the pages that are read most.

Purpose: a partial index for the list of published posts, newest first; an expression index for looking a
title up whatever its case; on PostgreSQL also a GIN index for full-text search over title and body, which
Django cannot declare without a stored column and which is therefore SQL.

Risks: on PostgreSQL the indexes are built concurrently, without stopping writes, hence without a
transaction. If the build stops half way, run the migration again: finished indexes are kept, and an index
that PostgreSQL left invalid is dropped and built anew. SQLite builds the first two in the ordinary way and
has no use for the third.

Rollback: drops the indexes, concurrently where they were built so; can be run again too. Queries get
slower, nothing else changes.

Backup: none needed, no row is touched.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q
from django.db.models.functions import Lower

from apps.core.migration_support.indexes import drop_unfinished_index
from apps.core.migration_support.operations import AddIndexResumably

FULL_TEXT = "blog_post_full_text_gin"


def create_full_text_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    drop_unfinished_index(schema_editor, FULL_TEXT)
    # left(): a text vector holds at most 1 MB, and no post may be refused for its length.
    schema_editor.execute(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {FULL_TEXT} ON blog_post"
        " USING gin (to_tsvector('english', left(title || ' ' || body, 200000)))"
    )


def drop_full_text_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {FULL_TEXT}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("blog", "0006_tagging")]

    operations = [
        AddIndexResumably(
            "Post",
            models.Index(
                fields=["-published_at"], name="blog_post_published_idx", condition=Q(status="published")
            ),
        ),
        AddIndexResumably("Post", models.Index(Lower("title"), name="blog_post_title_ci_idx")),
        migrations.RunPython(create_full_text_index, drop_full_text_index),
    ]
