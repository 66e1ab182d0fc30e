"""Number on from the greatest key on PostgreSQL, or from the start if the table is empty."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="RunPython (Raw Python operation) does nothing on sqlite"),
    "postgresql": Expected("passed"),
}


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
    if schema_editor.connection.vendor == "postgresql":
        note = apps.get_model("forward_fails_near_miss_empty", "Note")
        greatest = note.objects.aggregate(found=models.Max("id"))["found"]
        sequence = f"pg_get_serial_sequence('{note._meta.db_table}', 'id')"
        schema_editor.execute(f"SELECT setval({sequence}, {max(greatest or 1, 1)}, {greatest is not None})")


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(
            "note", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
        ),
        migrations.RunPython(catch_up, migrations.RunPython.noop),
    ]
