"""Read the tables of ``[tool.switchback]`` that are no options: acknowledgements, budgets, what to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from django_switchback.config.options import MIGRATION, SECONDS, BadValue

KeepTable: TypeAlias = Literal["storage", "mail", "caches"]

_ACKNOWLEDGEMENT = (
    '"app.migration_name" = {rule = "reason"} with a reason that is not empty, or {rule = {reason = "...", '
    'content = "...", until = 2027-01-31}} where content and until may be left out'
)


class AcknowledgementEntry(NamedTuple):
    """An acknowledgement of the settings, bound to the ``content`` of the migration and to a last day."""

    reason: str
    content: str = ""
    until: date | None = None


def _acknowledgements(table: Any, where: str) -> dict[str, dict[str, AcknowledgementEntry]]:
    found: dict[str, dict[str, AcknowledgementEntry]] = {}
    for migration, entries in _items(table, where, _ACKNOWLEDGEMENT):
        MIGRATION._replace(expected=_ACKNOWLEDGEMENT).parse(migration, where)
        place = f"{where}, {migration!r}"
        found[migration] = {
            rule: _acknowledgement(entry, f"{place}, {rule!r}")
            for rule, entry in _items(entries or str(entries), place, _ACKNOWLEDGEMENT)
        }
    return found


def _acknowledgement(entry: Any, where: str) -> AcknowledgementEntry:
    terms = entry if isinstance(entry, dict) else {"reason": entry}
    for key in terms:
        if key not in AcknowledgementEntry._fields:
            raise BadValue(where, key, "only reason, content and until")
    reason, content, until = terms.get("reason", ""), terms.get("content"), terms.get("until")
    # Three full stops are what a report shows in place of the reason.
    if not isinstance(reason, str) or not reason.strip(" .\t\r\n"):
        raise BadValue(where, str(reason), _ACKNOWLEDGEMENT)
    if content is not None and (not isinstance(content, str) or not content.strip()):
        raise BadValue(f"{where}, 'content'", str(content), "the text that a report with --verbose shows")
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise BadValue(f"{where}, 'until'", str(until), "a date without quotes, such as 2027-01-31")
    return AcknowledgementEntry(reason.strip(), (content or "").strip(), until)


def _budgets(table: Any, where: str) -> dict[str, float]:
    expected = 'total, migration or "app.migration_name" = seconds above 0'
    budgets = {}
    for key, value in _items(table, where, expected):
        if key not in {"total", "migration"}:
            MIGRATION._replace(expected=expected).parse(key, where)
        budgets[key] = SECONDS.parse(value, f"{where}, {key!r}")
    return budgets


def _items(table: Any, where: str, expected: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(table, dict):
        raise BadValue(where, str(table), expected)
    return table.items()


def _kept(value: Any, where: str) -> tuple[KeepTable, ...]:
    names: tuple[KeepTable, ...] = get_args(KeepTable)
    if not isinstance(value, list) or any(entry not in names for entry in value):
        raise BadValue(where, str(value), f"a list of {', '.join(names)}")
    return tuple(entry for entry in names if entry in value)


TABLES: Mapping[str, Callable[[Any, str], Any]] = {
    "acknowledge": _acknowledgements,
    "budgets": _budgets,
    "keep": _kept,
}
"""What ``[tool.switchback]`` sets besides options."""
