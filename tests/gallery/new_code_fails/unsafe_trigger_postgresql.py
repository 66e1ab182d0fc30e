"""Rename a column that the trigger of another table writes: no row can be inserted there any more."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"new-code-fails"})}


# models.py
class Tally(models.Model):
    amount = models.IntegerField()


class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
TALLY = "new_code_fails_unsafe_trigger_postgresql_tally"
NOTE = "new_code_fails_unsafe_trigger_postgresql_note"
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION new_code_fails_tally() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN UPDATE {TALLY} SET number = number + 1; RETURN NEW; END$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER new_code_fails_tally AFTER INSERT ON {NOTE} "
            "FOR EACH ROW EXECUTE FUNCTION new_code_fails_tally()"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER new_code_fails_tally ON {NOTE}")
        schema_editor.execute("DROP FUNCTION new_code_fails_tally()")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Tally", [("id", KEY), ("number", models.IntegerField())]),
        migrations.CreateModel("Note", [("id", KEY), ("title", models.CharField(max_length=80))]),
        migrations.RunPython(add, remove),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RenameField("tally", "number", "amount")]
