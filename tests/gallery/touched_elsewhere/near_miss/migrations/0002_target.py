"""Use a database in memory and a pair of sockets."""

import socket
import sqlite3

from django.db import migrations


def forward(apps, schema_editor):
    sqlite3.connect(":memory:").close()
    for end in socket.socketpair():
        end.close()


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_near_miss", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
