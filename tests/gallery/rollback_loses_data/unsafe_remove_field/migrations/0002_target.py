"""Remove a column; the way back makes it again, empty."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_remove_field", "0001_initial")]
    operations = [
        migrations.RemoveField("note", "rank"),
    ]
