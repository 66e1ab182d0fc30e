"""Change the severity of findings as ``[tool.switchback.severity]`` asks, never unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from django_switchback import evidence
from django_switchback.evidence import SeveritySetting
from django_switchback.rules import exhibits
from django_switchback.rules.interface import Finding, Findings, Severity, SeverityChange, worst_severity

SOURCE = "[tool.switchback.severity]"


def change_severities(
    findings: Findings, settings: tuple[SeveritySetting, ...], app: str | None = None
) -> Findings:
    """Return the findings about ``app``, or about a database, with the severity that ``settings`` give.

    Of several settings the one that names the table counts most, then the one that names the app, then the
    last. A finding about several tables has the worst severity of them; an error is never below a warning.
    """
    return tuple(_changed(finding, settings, app) for finding in findings) if settings else findings


def unmatched_settings(
    findings: Iterable[Finding], settings: Iterable[SeveritySetting], slugs: Collection[str]
) -> Iterator[str]:
    """Yield a sentence for each setting that applied to none of the findings; ``slugs`` are the rules."""
    used = {setting for finding in findings for setting in _used(finding)}
    for setting in settings:
        if setting.rule not in slugs:
            yield f"{SOURCE} names {setting.rule}, but there is no such rule."
        elif setting not in used:
            yield f"{SOURCE}: nothing was found that the entry with {_described(setting)} applies to."


def _used(finding: Finding) -> tuple[SeveritySetting, ...]:
    return finding.severity_change.settings if finding.severity_change else ()


def _described(setting: SeveritySetting) -> str:
    named = {"rule": setting.rule, "app": setting.app, "table": setting.table}
    return ", ".join(f"{key} = {value!r}" for key, value in named.items() if value)


def _changed(finding: Finding, settings: tuple[SeveritySetting, ...], app: str | None) -> Finding:
    of_app = app or next(filter(None, (getattr(shown, "app", None) for shown in finding.exhibits)), None)
    tables = tables_of(finding) or ("",)
    decided = [
        (_limited(setting, finding.severity), setting)
        for setting in (_most_specific(settings, finding.rule, of_app, table) for table in tables)
    ]
    used = sorted(
        ((severity, setting) for severity, setting in decided if setting is not None),
        key=lambda pair: pair[0] != worst_severity(tuple(severity for severity, _ in decided)),
    )
    if not used:
        return finding
    return msgspec.structs.replace(
        finding,
        severity=worst_severity(tuple(severity for severity, _ in decided)),
        severity_change=SeverityChange(finding.severity, tuple(setting for _, setting in used)),
    )


def _limited(setting: SeveritySetting | None, default: Severity) -> Severity:
    if setting is None:
        return default
    return "warning" if (default, setting.severity) == ("error", "info") else setting.severity


def _most_specific(
    settings: tuple[SeveritySetting, ...], rule: str, app: str | None, table: str
) -> SeveritySetting | None:
    found = [
        setting
        for setting in settings
        if setting.rule == rule and setting.app in {"", app} and setting.table in {"", table}
    ]
    return max(reversed(found), key=lambda setting: (bool(setting.table), bool(setting.app)), default=None)


def tables_of(finding: Finding) -> tuple[str, ...]:
    """Return the tables that a finding is about, as far as its evidence names them."""
    named = finding.tables or (table for exhibit in finding.exhibits for table in _tables(exhibit))
    return tuple(dict.fromkeys(named))


def _tables(exhibit: exhibits.Exhibit) -> Iterator[str]:
    match exhibit:
        case exhibits.RowDifferences(rows=rows):
            yield from (row.table for row in rows)
        case (
            exhibits.SchemaDifferences(differences=differences)
            | exhibits.DriftedSchema(differences=differences)
        ):
            yield from (
                difference.name if difference.kind == "table" else difference.table or ""
                for difference in differences
            )
        case (
            evidence.OldCodeTried(table=table)
            | evidence.NewCodeTried(table=table)
            | evidence.OldCodeInDeployWindow(table=table)
        ):
            yield table
