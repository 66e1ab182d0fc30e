"""Drop a view of another app, and do not create it again in the reverse. The other migration, whose own reverse is
sound, cannot be rolled back afterwards.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-schema", "reapply-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    dependencies = [
        ("rollback_leaves_schema_unsafe_view", "0001_initial"),
        ("rollback_leaves_schema_near_miss_blocked", "0002_target"),
    ]
    operations = [migrations.RunSQL("DROP VIEW near_miss_blocked_titles", migrations.RunSQL.noop)]
