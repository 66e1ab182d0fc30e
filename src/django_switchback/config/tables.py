"""Read the tables of ``[tool.switchback]`` that are not options, such as acknowledgements and severities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from django_switchback.config.kinds import MIGRATION, SECONDS, BadValue

KeepTable: TypeAlias = Literal["storage", "mail", "caches"]

SEVERITIES = ("error", "warning", "info")
_ACKNOWLEDGEMENT = (
    '"app.migration_name" = {rule = "reason"} with a reason that is not empty, or {rule = {reason = "...", '
    'content = "...", until = 2027-01-31}} where content and until may be left out'
)


class SeverityEntry(NamedTuple):
    """The severity of a rule's findings, of all apps and tables or of those named."""

    rule: str
    severity: Literal["error", "warning", "info"]
    reason: str
    app: str = ""
    table: str = ""


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


def _severities(value: Any, where: str) -> tuple[SeverityEntry, ...]:
    expected = "an array of tables: [[tool.switchback.severity]] with rule, severity and reason"
    if not isinstance(value, list):
        raise BadValue(where, str(value), expected)
    return tuple(_severity(entry, f"{where}, entry {number}") for number, entry in enumerate(value, 1))


def _severity(entry: Any, where: str) -> SeverityEntry:
    given = dict(_items(entry, where, "a table with rule, severity and reason"))
    for key in given:
        if key not in SeverityEntry._fields:
            raise BadValue(where, key, "only rule, app, table, severity and reason")
    for key in ("rule", "severity", "reason", *given):
        text = given.get(key, "")
        if not isinstance(text, str) or not text.strip():
            raise BadValue(f"{where}, {key!r}", str(text), "a non-empty string")
    if given["severity"] not in SEVERITIES:
        raise BadValue(f"{where}, 'severity'", given["severity"], "error, warning or info")
    return SeverityEntry(**{key: text.strip() for key, text in given.items()})


TABLES: Mapping[str, Callable[[Any, str], Any]] = {
    "acknowledge": _acknowledgements,
    "budgets": _budgets,
    "keep": _kept,
    "severity": _severities,
}
"""What ``[tool.switchback]`` sets besides options."""
