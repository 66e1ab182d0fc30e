"""Use a database in memory and a pair of sockets."""

import socket
import sqlite3

from django.db import migrations


def forward(apps, schema_editor):
    sqlite3.connect(":memory:").close()
    for end in socket.socketpair():
        end.close()
    apps.get_model("touched_elsewhere_near_miss", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_near_miss", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_near_miss", "0001_initial")]
    operations = [migrations.RunPython(forward, back)]
