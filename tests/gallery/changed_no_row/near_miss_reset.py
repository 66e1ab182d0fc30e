"""Set the sequence of the primary key to the greatest key, as ``sqlsequencereset`` does. It writes no row, but the
position of a sequence is compared after every step. SQLite has no sequence to set.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


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
from django.core.management.color import no_style


def reset(apps, schema_editor):
    order = apps.get_model("changed_no_row_near_miss_reset", "Order")
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), [order]):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(reset, migrations.RunPython.noop)]
