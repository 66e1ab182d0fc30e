"""Let a trigger refuse to change the rows of a new table, which is meant to be written once: a warning, no error."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"new-code-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Entry(models.Model):
    text = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "new_code_fails_near_miss_append_only_entry"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'written once'; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION written_once()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, 'written once'); END"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER written_once ON {TABLE}")
        schema_editor.execute("DROP FUNCTION written_once")
    else:
        schema_editor.execute("DROP TRIGGER written_once")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=80)),
            ],
        ),
        migrations.RunPython(add, remove),
    ]
