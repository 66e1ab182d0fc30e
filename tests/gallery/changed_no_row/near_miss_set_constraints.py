"""Check deferred constraints at once, before an ``ALTER TABLE`` that PostgreSQL refuses while checks are pending. The
operation controls the transaction and is meant to change no row.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="RunPython (Raw Python operation) does nothing on sqlite"),
    "postgresql": Expected("passed"),
}


# models.py
class Order(models.Model):
    state = models.CharField(max_length=40)
    code = models.CharField(max_length=40, default="new")


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
def check_now(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(check_now, migrations.RunPython.noop),
        migrations.AddField("Order", "code", models.CharField(max_length=40, default="new")),
    ]
