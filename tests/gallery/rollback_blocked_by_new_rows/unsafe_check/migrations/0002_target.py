"""Let stars be any number."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_check", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("note", "rollback_blocked_by_new_rows_unsafe_check_stars"),
    ]
