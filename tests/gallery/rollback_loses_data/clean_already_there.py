"""Get or create a row, and write down whether it was created: the reverse deletes no other."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Created(models.Model):
    label = models.BigIntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_clean_already_there", "Label")
    row, created = label.objects.get_or_create(name="general")
    if created:
        apps.get_model("rollback_loses_data_clean_already_there", "Created").objects.create(label=row.pk)


def remove(apps, schema_editor):
    created = apps.get_model("rollback_loses_data_clean_already_there", "Created").objects.values("label")
    label = apps.get_model("rollback_loses_data_clean_already_there", "Label")
    label.objects.filter(name="general", pk__in=created).delete()


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Created",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(add, remove),
    ]
