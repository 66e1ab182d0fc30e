"""Only the reverse has a statement that SQLite does not know: nobody notices before a rollback."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"rollback-fails"}, warnings={"unguarded-vendor-sql"}),
    "postgresql": Expected("passed"),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunSQL(
            "UPDATE unguarded_vendor_sql_unsafe_reverse_note SET length = length(title)",
            "ALTER TABLE unguarded_vendor_sql_unsafe_reverse_note ALTER COLUMN length SET DEFAULT 0",
        ),
    ]
