"""Work out the network of the sign-ins on record.

Purpose: the /24 (IPv4) or /48 (IPv6) that each recorded address is in.

Risks: one of the larger tables; it goes through the rows in batches of bounded memory.

Rollback: empties the column again, in the rows that this migration filled.

Backup: which rows were filled is parked in ``core_parkedrow``; the addresses are unchanged.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "users.0007_fill_login_network"


def network_of(address: str) -> str | None:
    """A copy of ``apps.users.networks``, which may change one day; this may not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    prefix = 24 if ip.version == 4 else 48
    return str(ip_network(f"{ip}/{prefix}", strict=False))


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    change = ReversibleChange(apps, schema_editor, MIGRATION, "users.loginevent")
    for batch in in_batches(change.rows.filter(network__isnull=True, ip_address__isnull=False)):
        networks = [(row, network_of(row.ip_address)) for row in batch]
        change.apply([(row, {"network": network}) for row, network in networks if network is not None])


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "users.loginevent").undo()


class Migration(migrations.Migration):
    dependencies = [("users", "0006_login_network"), ("core", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
