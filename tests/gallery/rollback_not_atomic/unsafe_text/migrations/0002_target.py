"""Without a transaction: duplicates stop the way forward half way, and its own reverse the way back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rollback_not_atomic_unsafe_text", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_not_atomic_text ON rollback_not_atomic_unsafe_text_note (title, id)",
            "DROP INDEX no_such_index",
        ),
        migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True)),
    ]
