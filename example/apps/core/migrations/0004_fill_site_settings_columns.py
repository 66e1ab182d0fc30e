"""Copy the options from the JSON into their columns (2 of 3: move).

Purpose: after this the columns say what the JSON says, and the next release can read them.

Risks: JSON has no types, so a value that its column could not hold is left where it is, and the column
stays empty. A column that has a value already is left alone.

Rollback: empties the columns that this migration filled, unless somebody has changed them since. Columns
filled by anybody else keep their values. The JSON is never touched.

Backup: which columns were filled, and with what, is parked in ``core_parkedrow``.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "core.0004_fill_site_settings_columns"


def typed_options(options: Any) -> dict[str, Any]:
    """The options that fit their columns."""
    if not isinstance(options, dict):
        return {}
    fits = {}
    language, size, is_open = (
        options.get(key) for key in ("language", "posts_per_page", "registration_open")
    )
    if isinstance(language, str) and len(language) <= 12:
        fits["language"] = language
    if type(size) is int and 0 <= size <= 2_147_483_647:
        fits["posts_per_page"] = size
    if isinstance(is_open, bool):
        fits["registration_open"] = is_open
    return fits


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    change = ReversibleChange(apps, schema_editor, MIGRATION, "core.sitesettings")
    for batch in in_batches(change.rows):
        changes = []
        for row in batch:
            new = {
                name: value
                for name, value in typed_options(row.options).items()
                if getattr(row, name) is None
            }
            if new:
                changes.append((row, new))
        change.apply(changes)


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "core.sitesettings").undo()


class Migration(migrations.Migration):
    dependencies = [("core", "0003_site_settings_columns")]

    operations = [migrations.RunPython(fill, empty)]
