"""Comment on a table in SQL, which SQLite does not know."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"forward-fails"}, warnings={"unguarded-vendor-sql"}),
    "postgresql": Expected("passed"),
}
SAFE_TWIN = "near_miss_guarded"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "COMMENT ON TABLE unguarded_vendor_sql_unsafe_comment_note IS 'Written by readers'",
            "COMMENT ON TABLE unguarded_vendor_sql_unsafe_comment_note IS NULL",
        )
    ]
