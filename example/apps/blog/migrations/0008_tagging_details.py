"""Who tagged a post, and in which order its tags are shown.

Purpose: what the model of 0006 was made for.

Risks: small. ``position`` may not be null, but has its default in the database, so that the old release,
which does not know the column, can go on tagging during the deployment.

Rollback: drops both columns; the taggings themselves are kept.

Backup: none needed for what was there before; dump ``blog_post_tags`` to keep the order of tags.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0007_add_performance_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "Tagging",
            "added_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("Tagging", "position", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AlterModelOptions("Tagging", {"ordering": ["position", "pk"]}),
    ]
