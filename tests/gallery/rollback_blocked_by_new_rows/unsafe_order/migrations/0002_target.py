"""Let a note end before it begins."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_order", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("note", "rollback_blocked_by_new_rows_unsafe_order_order"),
    ]
