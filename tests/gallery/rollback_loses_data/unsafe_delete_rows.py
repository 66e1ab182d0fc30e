"""Delete rows. The reverse does nothing, and reports success: the rows are gone."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.DecimalField(decimal_places=2, default=0, max_digits=8)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("rank", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
            ],
        )
    ]


# migrations/0002_target.py
def clear(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_delete_rows", "Note").objects.filter(rank__gt=0).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(clear, migrations.RunPython.noop)]
