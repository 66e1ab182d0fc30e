"""Judges differences between the results of a repeated step and of an uninterrupted one."""

from __future__ import annotations

from django_switchback.evidence import Comparison, RowDifference


def has_new_keys_only(row: RowDifference) -> bool:
    """Return whether a table has as many rows as it should, only under other keys: inserted again."""
    return row.lost == row.added and not row.changed


def shows(ended: Comparison, differences: Comparison) -> bool:
    """Return whether ``ended`` has the ``differences``, of rows by their tables."""
    tables = {row.table for row in ended.rows}
    return all(found in ended.schema for found in differences.schema) and all(
        row.table in tables for row in differences.rows
    )
