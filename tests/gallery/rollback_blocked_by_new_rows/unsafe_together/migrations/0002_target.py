"""Let one owner have two notes of a day."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_together", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("note", "rollback_blocked_by_new_rows_unsafe_together_day"),
    ]
