"""A deleted message keeps its place.

Purpose: threads stay readable when somebody deletes a message in the middle.

Risks: after a rollback, messages that were deleted in this way are shown again, since the old release does
not know about it: tell the moderators.

Rollback: drops the column, with the times of deletion.

Backup: export the keys of ``forum_message`` rows with ``deleted_at`` set before rolling back.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forum", "0004_fill_last_activity")]

    operations = [migrations.AddField("Message", "deleted_at", models.DateTimeField(blank=True, null=True))]
