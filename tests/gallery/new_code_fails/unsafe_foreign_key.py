"""Refer to all rows by a foreign key that only SQL knows: the new release cannot delete them."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"new-code-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "new_code_fails_unsafe_foreign_key_note"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            f"CREATE TABLE {TABLE}_archive (note_id bigint NOT NULL REFERENCES {TABLE} (id))",
            f"DROP TABLE {TABLE}_archive",
        ),
        migrations.RunSQL(f"INSERT INTO {TABLE}_archive SELECT id FROM {TABLE}", migrations.RunSQL.noop),
    ]
