"""Add another."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("conflicting_leaves_near_miss", "0002_other"),
        ("conflicting_leaves_near_miss", "0002_target"),
    ]
    operations = []
