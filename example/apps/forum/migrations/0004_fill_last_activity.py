"""Threads were active on the day they were opened, at least.

Purpose: old threads get the time they were opened as their last activity, so that they are sorted into the
lists; the next message sets the true time.

Risks: it goes through the threads in batches of bounded memory.

Rollback: empties the column in the threads that this migration filled, unless there was activity since.

Backup: which threads were filled is parked in ``core_parkedrow``.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "forum.0004_fill_last_activity"


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    change = ReversibleChange(apps, schema_editor, MIGRATION, "forum.thread")
    for batch in in_batches(change.rows.filter(last_activity_at__isnull=True)):
        change.apply([(thread, {"last_activity_at": thread.created_at}) for thread in batch])


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "forum.thread").undo()


class Migration(migrations.Migration):
    dependencies = [("forum", "0003_thread_last_activity"), ("core", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
