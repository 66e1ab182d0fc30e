"""Read the state of the sequence of the primary key in SQL, on SQLite that of the table. Reading sets nothing, so the
migration changed neither a row nor a sequence.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"changed-no-row"},
    reason="RunPython (Raw Python operation) changed neither a row nor the schema: changed-no-row",
)


# models.py
class Order(models.Model):
    state = models.CharField(max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
def look(apps, schema_editor):
    table = "changed_no_row_unsafe_look_order"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}" + ("" if schema_editor.connection.vendor == "sqlite" else "_id_seq"))
        cursor.fetchall()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(look, look)]
