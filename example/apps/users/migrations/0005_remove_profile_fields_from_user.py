"""Take out of the user what is in the profile now (3 of 3: contract).

Purpose: a short row for every request, and one place for what members tell about themselves.

Risks: destructive. The release before this one still writes to these columns, so deploy it only when that
release is gone everywhere.

Rollback: the columns come back and are filled from the profiles, so that what members wrote since is in
them too. Where the columns and the profile did not agree, the columns get back what they had.

Backup: the rows that did not agree with their profile are parked in ``core_parkedrow``; for all others the
profile is the copy.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import Parking

MIGRATION = "users.0005_remove_profile_fields_from_user"
FIELDS = ("bio", "location", "website")


def park_differences(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    parking = Parking(apps, schema_editor, MIGRATION, "users.user")
    for batch in in_batches(parking.rows.select_related("profile")):
        payloads = {}
        for user in batch:
            values = {name: getattr(user, name) for name in FIELDS}
            profile = getattr(user, "profile", None)
            if profile is None or any(getattr(profile, name) != value for name, value in values.items()):
                payloads[user.pk] = values
        parking.park(payloads)


def restore(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    parking = Parking(apps, schema_editor, MIGRATION, "users.user")
    profiles = apps.get_model("users", "Profile")._base_manager.using(parking.alias)
    for batch in in_batches(profiles.all()):
        parking.rows.bulk_update(
            [
                parking.model(pk=profile.pk, **{name: getattr(profile, name) for name in FIELDS})
                for profile in batch
            ],
            FIELDS,
        )
    for payloads in parking.unpark():
        parking.rows.bulk_update([parking.model(pk=pk, **values) for pk, values in payloads.items()], FIELDS)


class Migration(migrations.Migration):
    dependencies = [("users", "0004_copy_profiles")]

    # Rolling back runs these from the last to the first: the columns, then what was in them.
    operations = [
        migrations.RunPython(park_differences, restore),
        migrations.RemoveField("User", "bio"),
        migrations.RemoveField("User", "location"),
        migrations.RemoveField("User", "website"),
    ]
