"""A column for the network that a sign-in came from.

Purpose: "was that me?" can be answered from the network; the full address is more than we need to know.

Risks: none; the column may be null.

Rollback: drops the column; the addresses that it is made from are still there until 0008.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0005_remove_profile_fields_from_user")]

    operations = [
        migrations.AddField("LoginEvent", "network", models.CharField(blank=True, max_length=50, null=True)),
    ]
