"""Forget the full IP addresses of sign-ins. This is a one-way door, and meant to be one.

Purpose: the addresses are personal data that the site has no more use for: since 0007 the network is
enough. Data that must not be kept must not be kept in a backup table either.

Risks: irreversible loss of ``ip_address``, on purpose. Whoever needs the addresses for an incident that is
being looked into exports those rows before the deployment, under the rules of that investigation.

Rollback: works at any time: the column comes back, empty. It could always be null, and the release before
shows such a sign-in as coming from an unknown address. The network column keeps its values.

Backup: none, on purpose. Dumps taken before the deployment still hold the addresses until they expire.

switchback: acknowledge rollback-loses-data: privacy: full IP addresses must not be kept; networks are (0007)
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0007_fill_login_network")]

    operations = [migrations.RemoveField("LoginEvent", "ip_address")]
