"""Keys the rows that Django itself maintains by natural keys.

``post_migrate`` creates a content type for each model, and permissions, with the next free primary key, and
never deletes them. Compared by primary key they would differ after every rollback; compared by app, model and
codename they differ only if a migration changed them.
"""

from __future__ import annotations

from django_switchback.worker.snapshot.interface import RowKey, RowSet, RowTexts, TableRows

CONTENT_TYPES = "django_content_type"
PERMISSIONS = "auth_permission"
MANAGED_BY_DJANGO = frozenset({CONTENT_TYPES, PERMISSIONS})


def by_natural_key(rows: RowSet, raw_content_types: TableRows | None) -> RowSet:
    """Return ``rows`` with content types and permissions keyed by natural key instead of ``id``.

    ``raw_content_types`` are the content types as read, which permissions refer to.
    """
    changed = dict(rows)
    if raw_content_types is None:
        return changed
    names = {
        row["id"]: f"{row['app_label']}.{row['model']}"
        for row in raw_content_types.rows.values()
        if {"id", "app_label", "model"} <= row.keys()
    }
    changed[CONTENT_TYPES] = _keyed(raw_content_types, ("app_label", "model"))
    permissions = rows.get(PERMISSIONS)
    if permissions is not None and {"content_type_id", "codename"} <= set(permissions.columns):
        changed[PERMISSIONS] = _named(permissions, names)
    return changed


def _keyed(table: TableRows, key: tuple[str, ...]) -> TableRows:
    columns = tuple(column for column in table.columns if column != "id")
    return TableRows(key, columns, dict(_row(row, key, columns) for row in table.rows.values()))


def _named(permissions: TableRows, names: dict[str | None, str]) -> TableRows:
    columns = tuple(column for column in permissions.columns if column not in {"id", "content_type_id"})
    rows = (
        {**row, "content_type": names.get(row["content_type_id"], row["content_type_id"])}
        for row in permissions.rows.values()
    )
    key = ("content_type", "codename")
    return TableRows(
        key, (*columns, "content_type"), dict(_row(row, key, (*columns, "content_type")) for row in rows)
    )


def _row(row: RowTexts, key: tuple[str, ...], columns: tuple[str, ...]) -> tuple[RowKey, RowTexts]:
    return tuple(row[column] for column in key), {column: row[column] for column in columns}
