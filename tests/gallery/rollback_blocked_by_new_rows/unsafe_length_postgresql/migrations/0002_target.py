"""Let titles be longer. SQLite holds no title to its length."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_length_postgresql", "0001_initial")]
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=200)),
    ]
