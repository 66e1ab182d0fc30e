"""Open a database in memory and a pair of sockets: neither reaches anything outside of the process."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import socket
import sqlite3


def forward(apps, schema_editor):
    sqlite3.connect(":memory:").close()
    for end in socket.socketpair():
        end.close()
    apps.get_model("touched_elsewhere_near_miss", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_near_miss", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forward, back)]
