"""Let numbers be larger. SQLite has one size of integers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_integer_postgresql", "0001_initial")]
    operations = [
        migrations.AlterField("note", "number", models.BigIntegerField()),
    ]
