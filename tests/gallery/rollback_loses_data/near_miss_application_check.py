"""Restore a column of doors from their rooms, of which the application's own check, that of a later release, lets no
door differ. The check breaks on a row without a value instead of refusing it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.core.exceptions import ValidationError


class Room(models.Model):
    is_open = models.BooleanField()
    keeper = models.CharField(max_length=40, null=True, blank=True)


class Door(models.Model):
    room = models.ForeignKey(Room, models.CASCADE)
    is_open = models.BooleanField()
    sign = models.CharField(max_length=40, default="", blank=True)

    def clean(self):
        if self.is_open and not self.room.is_open:
            raise ValidationError(f"The room is closed: ask {self.room.keeper.title()}.")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Room",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_open", models.BooleanField()),
                ("keeper", models.CharField(max_length=40, null=True, blank=True)),
            ],
        ),
        migrations.CreateModel(
            "Door",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("room", models.ForeignKey("rollback_loses_data_near_miss_application_check.room", models.CASCADE)),
                ("is_open", models.BooleanField()),
            ],
        ),
    ]


# migrations/0002_target.py
def write(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_application_check", "Door").objects.filter(is_open=True).update(
        sign="open"
    )


def restore(apps, schema_editor):
    for door in apps.get_model("rollback_loses_data_near_miss_application_check", "Door").objects.filter(is_open=True):
        door.is_open = door.room.is_open
        door.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("door", "sign", models.CharField(max_length=40, default="", blank=True)),
        migrations.RunPython(write, restore),
    ]
