"""When something last happened in a thread.

Purpose: lists show the liveliest threads first without reading every message.

Risks: none; the column may be null.

Rollback: drops the column; it can be worked out from the messages.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forum", "0002_reactions")]

    operations = [
        migrations.AddField("Thread", "last_activity_at", models.DateTimeField(blank=True, null=True)),
    ]
