"""Drop the JSON that became columns (3 of 3: contract).

Purpose: one place for each option. Keys that no column stands for are no longer read by anything.

Risks: destructive. The release before this one still reads the JSON, so deploy it only when that release is
gone everywhere.

Rollback: the column comes back with exactly the JSON that it had, keys that nobody knows included. Where
the columns were changed since, and for rows written since, the JSON is brought up to date from the columns.

Backup: ``core_sitesettings_options_backup`` holds the JSON, and what the columns said at that moment;
rolling back drops it. Drop it by hand when a rollback is out of the question.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.core.migration_support.batches import in_batches

COLUMNS = ("language", "posts_per_page", "registration_open")


def bring_json_up_to_date(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write into the JSON what the columns say and the JSON cannot know."""
    connection = schema_editor.connection
    rows = apps.get_model("core", "SiteSettings").objects.using(connection.alias)
    for batch in in_batches(rows.all()):
        backed_up = columns_at_backup(connection, [row.pk for row in batch])
        changed = [row for row in batch if merge(row, backed_up.get(row.pk, dict.fromkeys(COLUMNS)))]
        if changed:
            rows.bulk_update(changed, ["options"])


def columns_at_backup(connection: Any, keys: list[int]) -> dict[int, dict[str, Any]]:
    """What the columns said when the JSON was backed up."""
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {', '.join(COLUMNS)} FROM core_sitesettings_options_backup WHERE id IN ({marks})",
            keys,
        )
        return {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in cursor.fetchall()}


def merge(row: Any, before: dict[str, Any]) -> bool:
    """Put the columns that differ from before into the JSON; say whether there was one."""
    edited = {name: getattr(row, name) for name in COLUMNS if getattr(row, name) != before[name]}
    if not edited or not isinstance(row.options, dict | None):
        return False
    options = {**(row.options or {}), **edited}
    row.options = {name: value for name, value in options.items() if name not in edited or value is not None}
    return True


class Migration(migrations.Migration):
    dependencies = [("core", "0004_fill_site_settings_columns")]

    # Rolling back runs these from the last to the first: the column, the backup into it, what is newer.
    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE core_sitesettings_options_backup AS"
                " SELECT id, options, language, posts_per_page, registration_open FROM core_sitesettings",
                "CREATE UNIQUE INDEX core_sitesettings_options_backup_key"
                " ON core_sitesettings_options_backup (id)",
            ],
            "DROP TABLE core_sitesettings_options_backup",
        ),
        migrations.RunPython(migrations.RunPython.noop, bring_json_up_to_date),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "UPDATE core_sitesettings SET options = (SELECT backup.options"
            " FROM core_sitesettings_options_backup backup WHERE backup.id = core_sitesettings.id)"
            " WHERE id IN (SELECT id FROM core_sitesettings_options_backup)",
        ),
        migrations.RemoveField("SiteSettings", "options"),
    ]
