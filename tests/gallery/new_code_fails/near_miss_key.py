"""Let the database number an integer primary key from now on, and set its sequence past the greatest key: the new
release's next insert gets a free key.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="RunPython (Raw Python operation) does nothing on sqlite"),
    "postgresql": Expected("passed"),
}


# models.py
class Note(models.Model):
    name = models.CharField(max_length=60)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note", [("id", models.BigIntegerField(primary_key=True)), ("name", models.CharField(max_length=60))]
        )
    ]


# migrations/0002_target.py
from django.core.management.color import no_style


def set_sequence(apps, schema_editor):
    model = apps.get_model("new_code_fails_near_miss_key", "Note")
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), [model]):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(
            "note", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
        ),
        migrations.RunPython(set_sequence, migrations.RunPython.noop),
    ]
