"""Number on from the greatest key, which an empty table has not. With rows the migration works, so that only a new
database fails.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=80)),
            ],
        )
    ]


# migrations/0002_target.py
def catch_up(apps, schema_editor):
    note = apps.get_model("forward_fails_unsafe_empty", "Note")
    greatest = note.objects.aggregate(found=models.Max("id"))["found"]
    if schema_editor.connection.vendor == "postgresql":
        sequence = f"pg_get_serial_sequence('{note._meta.db_table}', 'id')"
        schema_editor.execute(f"SELECT setval({sequence}, {greatest or 0})")
    else:
        schema_editor.execute(f"SELECT {greatest + 1}")


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(
            "note", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
        ),
        migrations.RunPython(catch_up, migrations.RunPython.noop),
    ]
