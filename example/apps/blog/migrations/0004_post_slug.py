"""A slug for posts, empty for now.

Purpose: readable addresses. The column is unique from its first day, while every row is null and there is
nothing that could clash; null stays allowed, for drafts.

Risks: on PostgreSQL the unique index is built under a lock that stops writes, but over an all-null column.

Rollback: drops the column; addresses by number still work.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blog", "0003_tags")]

    operations = [
        migrations.AddField(
            "Post", "slug", models.SlugField(blank=True, max_length=80, null=True, unique=True)
        ),
    ]
