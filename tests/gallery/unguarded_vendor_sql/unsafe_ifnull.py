"""Fill a new column with a function that SQLite has and PostgreSQL does not."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("failed", errors={"forward-fails"}, warnings={"unguarded-vendor-sql"}),
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
            "UPDATE unguarded_vendor_sql_unsafe_ifnull_note SET length = 1 + ifnull(length(title), 0)",
            migrations.RunSQL.noop,
        ),
    ]
