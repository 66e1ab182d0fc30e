"""Insert a setting into a table that the migration itself creates: the rollback drops it with its rows."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Setting(models.Model):
    key = models.CharField(max_length=40, unique=True)


# migrations/0002_target.py
def set_up(apps, schema_editor):
    apps.get_model("reapply_fails_clean_table", "Setting").objects.create(key="theme")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Setting",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.RunPython(set_up, migrations.RunPython.noop),
    ]
