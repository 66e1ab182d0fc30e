"""Mark the rows that the migration inserts in a column of their own: the reverse deletes no other."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40)
    built_in = models.BooleanField(default=False)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_clean_already_there_marked", "Label")
    label.objects.get_or_create(name="general", defaults={"built_in": True})


def remove(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_clean_already_there_marked", "Label")
    label.objects.filter(name="general", built_in=True).delete()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("label", "built_in", models.BooleanField(default=False)),
        migrations.RunPython(add, remove),
    ]
