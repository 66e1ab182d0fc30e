"""Delete on the way back what was inserted, unless notes of the new release use it by then."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"})


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Note(models.Model):
    label = models.ForeignKey(Label, models.CASCADE)
    text = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.ForeignKey("rollback_leaves_data_near_miss_in_use.label", models.CASCADE)),
                ("text", models.CharField(max_length=80)),
            ],
        ),
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    # The lowest key: new notes refer to this label.
    label = apps.get_model("rollback_leaves_data_near_miss_in_use", "Label")
    label.objects.get_or_create(name="general", defaults={"id": -1})
    apps.get_model("rollback_leaves_data_near_miss_in_use", "Note").objects.update(text="")


def remove(apps, schema_editor):
    label = apps.get_model("rollback_leaves_data_near_miss_in_use", "Label")
    label.objects.filter(name="general", note__isnull=True).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
