"""Let prices be any text: SQLite takes such a text back into a column of numbers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("old_code_fails_after_rollback_unsafe_decimal_sqlite", "0001_initial")]
    operations = [
        migrations.AlterField("note", "price", models.CharField(max_length=64)),
    ]
