"""Indexes for the lists of threads and messages.

Purpose: a board's threads, liveliest first; and a partial index for the messages of a thread that are
shown.

Risks: on PostgreSQL the indexes are built concurrently, without stopping writes, hence without a
transaction. If the build stops half way, run the migration again: finished indexes are kept, and an index
that PostgreSQL left invalid is dropped and built anew. SQLite builds them in the ordinary way.

Rollback: drops the indexes, concurrently where they were built so; can be run again too.

Backup: none needed, no row is touched.
"""

from django.db import migrations, models
from django.db.models import Q

from apps.core.migration_support.operations import AddIndexResumably


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("forum", "0008_reports")]

    operations = [
        AddIndexResumably(
            "Thread", models.Index(fields=["board", "-last_activity_at"], name="forum_thread_active_idx")
        ),
        AddIndexResumably(
            "Message",
            models.Index(
                fields=["thread", "created_at"],
                name="forum_message_shown_idx",
                condition=Q(deleted_at__isnull=True),
            ),
        ),
    ]
