"""Give every member a profile (2 of 3: move).

Purpose: copies what stands in the user's row into a profile, for members who have none yet.

Risks: grows with the number of members; it goes through them in batches of bounded memory and never changes
a user's row, so signing in is not held up.

Rollback: removes the profiles that this migration made, and only those. If a member has edited theirs
since, the edit goes into the user's row first, where the old release looks for it.

Backup: which profiles were made, and from what, is parked in ``core_parkedrow``; the user's row is
unchanged.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import Parking

MIGRATION = "users.0004_copy_profiles"
FIELDS = ("bio", "location", "website")


def copy(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    made = Parking(apps, schema_editor, MIGRATION, "users.profile")
    users = apps.get_model("users", "User")._base_manager.using(made.alias)
    for batch in in_batches(users.filter(profile__isnull=True)):
        payloads = {user.pk: {name: getattr(user, name) for name in FIELDS} for user in batch}
        made.rows.bulk_create([made.model(user_id=pk, **payload) for pk, payload in payloads.items()])
        made.park(payloads)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    made = Parking(apps, schema_editor, MIGRATION, "users.profile")
    users = apps.get_model("users", "User")._base_manager.using(made.alias)
    for payloads in made.unpark():
        profiles = made.rows.filter(pk__in=payloads)
        edits = []
        for profile in profiles:
            edited = {name: getattr(profile, name) for name in FIELDS}
            if edited != payloads[profile.pk]:
                edits.append(users.model(pk=profile.pk, **edited))
        if edits:
            users.bulk_update(edits, FIELDS)
        profiles.delete()


class Migration(migrations.Migration):
    dependencies = [("users", "0003_profile"), ("core", "0001_initial")]

    operations = [migrations.RunPython(copy, remove)]
