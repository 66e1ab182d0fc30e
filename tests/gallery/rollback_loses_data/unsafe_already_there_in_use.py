"""Insert a label unless there is one, and delete it in the reverse unless it is used. If somebody has made such a label
before and nobody uses it yet, rolling back deletes it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"rollback-loses-data"})


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    label = models.ForeignKey(Label, models.PROTECT)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.ForeignKey("rollback_loses_data_unsafe_already_there_in_use.label", models.PROTECT)),
            ],
        ),
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_unsafe_already_there_in_use", "Label")
    if not label.objects.filter(name="general").exists():
        label.objects.create(name="general")


def remove(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_unsafe_already_there_in_use", "Label")
    label.objects.filter(name="general", note__isnull=True).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
