"""Give all notes the same label, which no longer has to be unique: with rows in the table it cannot be unique again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    label = models.SlugField(max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.SlugField(max_length=40, unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
def merge(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_unsafe_unique", "Note").objects.update(label="general")


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "label", models.SlugField(max_length=40)),
        migrations.RunPython(merge, migrations.RunPython.noop),
    ]
