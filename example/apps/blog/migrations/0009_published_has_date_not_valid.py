"""A published post has a date (1 of 2: for new rows).

Purpose: from here on PostgreSQL refuses a post that is published and has no date.

Risks: adding a check the ordinary way reads the whole table under a lock that stops everything. Not valid,
it is added at once and holds for new and changed rows only. SQLite cannot do that and waits for 0010.

Rollback: drops the check; on SQLite there is nothing to drop.

Backup: none needed, no row is touched.
"""

from django.db import migrations, models
from django.db.models import Q

from apps.core.migration_support.operations import AddCheckNotValid


class Migration(migrations.Migration):
    dependencies = [("blog", "0008_tagging_details")]

    operations = [
        AddCheckNotValid(
            "Post",
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="blog_post_published_has_date",
            ),
        ),
    ]
