"""Drop a view that the new release still reads through an unmanaged model."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"new-code-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Shown(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        managed = False
        db_table = "new_code_fails_unsafe_dropped_view_shown"


# migrations/0001_initial.py
VIEW, NOTE = (f"new_code_fails_unsafe_dropped_view_{name}" for name in ("shown", "note"))
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
TITLE = models.CharField(max_length=80)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Note", [("id", KEY), ("title", TITLE)]),
        migrations.RunSQL(f"CREATE VIEW {VIEW} AS SELECT id, title FROM {NOTE}", f"DROP VIEW {VIEW}"),
        migrations.CreateModel("Shown", [("id", KEY), ("title", TITLE)], options={"managed": False, "db_table": VIEW}),
    ]


# migrations/0002_target.py
VIEW, NOTE = (f"new_code_fails_unsafe_dropped_view_{name}" for name in ("shown", "note"))


class Migration(migrations.Migration):
    operations = [migrations.RunSQL(f"DROP VIEW {VIEW}", f"CREATE VIEW {VIEW} AS SELECT id, title FROM {NOTE}")]
