"""Make a view without a column that the unmanaged model of the old release reads, and that of the new one does not."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"old-code-breaks"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Shown(models.Model):
    class Meta:
        managed = False
        db_table = "old_code_breaks_unsafe_view_shown"


# migrations/0001_initial.py
VIEW, NOTE = "old_code_breaks_unsafe_view_shown", "old_code_breaks_unsafe_view_note"
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
TITLE = models.CharField(max_length=80)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Note", [("id", KEY), ("title", TITLE)]),
        migrations.RunSQL(f"CREATE VIEW {VIEW} AS SELECT id, title FROM {NOTE}", f"DROP VIEW {VIEW}"),
        migrations.CreateModel("Shown", [("id", KEY), ("title", TITLE)], options={"managed": False, "db_table": VIEW}),
    ]


# migrations/0002_target.py
VIEW, NOTE = "old_code_breaks_unsafe_view_shown", "old_code_breaks_unsafe_view_note"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(f"DROP VIEW {VIEW}", f"CREATE VIEW {VIEW} AS SELECT id, title FROM {NOTE}"),
        migrations.RunSQL(f"CREATE VIEW {VIEW} AS SELECT id FROM {NOTE}", f"DROP VIEW {VIEW}"),
    ]
