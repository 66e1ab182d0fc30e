"""Remove a column that has no default: it cannot come back while there are rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_unsafe_remove_field", "0001_initial")]
    operations = [
        migrations.RemoveField("note", "rank"),
    ]
