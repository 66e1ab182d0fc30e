"""Make a foreign key NULL in every row: on the way back the column must be NOT NULL, and no row has a value."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails-with-data"}, needs_rows=True)


# models.py
class Owner(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Owner",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "owner",
                    models.ForeignKey(on_delete=models.CASCADE, to="rollback_fails_with_data_unsafe_null_key.owner"),
                ),
            ],
        ),
    ]


# migrations/0002_target.py
def disown(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_null_key", "Note").objects.update(owner=None)


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField(
            "note",
            "owner",
            models.ForeignKey(null=True, on_delete=models.CASCADE, to="rollback_fails_with_data_unsafe_null_key.owner"),
        ),
        migrations.RunPython(disown, migrations.RunPython.noop),
    ]
