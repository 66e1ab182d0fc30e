"""A reference becomes a table of links; what the new release links has its reference after the rollback.

A part without a box has none to lose: that the reverse gives it the box of its new link is no change of data.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Box(models.Model):
    name = models.CharField(max_length=40)


class Part(models.Model):
    name = models.CharField(max_length=40)


class Link(models.Model):
    box = models.ForeignKey(Box, models.CASCADE)
    part = models.OneToOneField(Part, models.CASCADE)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Box",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Part",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("box", models.ForeignKey("rollback_loses_data_near_miss_linked_since.Box", models.CASCADE, null=True)),
            ],
        ),
    ]


# migrations/0002_target.py
APP = "rollback_loses_data_near_miss_linked_since"


def link(apps, schema_editor):
    for part in apps.get_model(APP, "Part").objects.exclude(box=None):
        apps.get_model(APP, "Link").objects.create(box_id=part.box_id, part=part)


def refer(apps, schema_editor):
    for found in apps.get_model(APP, "Link").objects.all():
        apps.get_model(APP, "Part").objects.filter(pk=found.part_id).update(box_id=found.box_id)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Link",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("box", models.ForeignKey(f"{APP}.Box", models.CASCADE)),
                ("part", models.OneToOneField(f"{APP}.Part", models.CASCADE)),
            ],
        ),
        migrations.RunPython(link, refer),
        migrations.RemoveField("part", "box"),
    ]
