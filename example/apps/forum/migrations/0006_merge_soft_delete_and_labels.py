"""Bring two branches together.

Purpose: 0005_message_soft_delete and 0005_thread_labels were merged on the same day and touch different
tables; this migration gives the app one leaf again.

Risks: none, it has no operations.

Rollback: does nothing; each of the two can then be rolled back on its own.

Backup: none needed.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("forum", "0005_message_soft_delete"), ("forum", "0005_thread_labels")]

    operations = []
