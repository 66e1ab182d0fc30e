"""A published post has a date (2 of 2: for the rows that are there).

Purpose: gives published posts without a date the day they were created on, then lets the database make sure
that none is left. On SQLite this is where the check is added.

Risks: rows are changed, in batches, and the table is read once; on PostgreSQL reads and writes go on
meanwhile.

Rollback: takes the check away, gives those posts back their missing date unless somebody has set another
since, and puts the check back as not valid, as 0009 had left it.

Backup: which posts got a date, and which date, is parked in ``core_parkedrow``.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.operations import LeaveCheckNotValid, ValidateCheck
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "blog.0010_validate_published_has_date"


def date_posts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    change = ReversibleChange(apps, schema_editor, MIGRATION, "blog.post")
    for batch in in_batches(change.rows.filter(status="published", published_at__isnull=True)):
        change.apply([(post, {"published_at": post.created_at}) for post in batch])


def undate_posts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "blog.post").undo()


class Migration(migrations.Migration):
    dependencies = [("blog", "0009_published_has_date_not_valid"), ("core", "0001_initial")]

    # Rolling back runs these from the last to the first: the check away, the old values, the check not valid.
    operations = [
        LeaveCheckNotValid("Post", "blog_post_published_has_date"),
        migrations.RunPython(date_posts, undate_posts),
        ValidateCheck("Post", "blog_post_published_has_date"),
    ]
