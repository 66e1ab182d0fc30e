"""Create a unique index in SQL, which copied rows do not meet: its lock is measured with other rows."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"forward-fails-with-data"}),
    "postgresql": Expected("passed", warnings={"forward-fails-with-data", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX unique_title ON blocking_lock_unsafe_unique_sql_note (title)",
            "DROP INDEX unique_title",
        )
    ]
