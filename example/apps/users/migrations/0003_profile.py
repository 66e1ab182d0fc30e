"""A table for what members tell about themselves (1 of 3: expand).

Purpose: every request loads the user's row, and hardly any needs the member's life story. The profile gets
a table of its own, with the user's key as its key, so that there can never be two.

Risks: none, it is a new table.

Rollback: drops the table; the user's row still has everything until 0005.

Backup: none needed.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0002_login_event")]

    operations = [
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="profile",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("bio", models.TextField(blank=True, default="")),
                ("location", models.CharField(blank=True, default="", max_length=120)),
                ("website", models.CharField(blank=True, max_length=200, null=True)),
            ],
        ),
    ]
