"""Tables the findings by rule, and chooses the warnings and known findings that are shown there only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from django_switchback.report.finding_blocks import STYLES
from django_switchback.report.grouped_findings import GroupedFinding, ReportSubject
from django_switchback.rules.interface import SEVERITIES
from django_switchback.rules.wording import enumerate_items
from django_switchback.untrusted_text import single_line

MAX_FULL_WARNINGS = 5
"""Warnings to show with evidence and fix; of more than that, only the number by rule is shown."""
MAX_UNTABLED_FINDINGS = 5
"""Findings that are seen at a glance without a table."""
KINDS = (*SEVERITIES, "known")
"""What the table tells apart, in its order."""


def without_warnings(subjects: tuple[ReportSubject, ...]) -> tuple[ReportSubject, ...]:
    """Return ``subjects`` without warnings and known findings if these are many.

    Those that ask for an answer stay: acknowledgements that no longer hold, and findings that a setting or
    reason made a warning.
    """
    found = [shared for subject in subjects for shared in subject.shared if _is_folded(shared)]
    if len(found) <= MAX_FULL_WARNINGS:
        return subjects
    shown = (
        subject._replace(shared=tuple(shared for shared in subject.shared if not _is_folded(shared)))
        for subject in subjects
    )
    return tuple(subject for subject in shown if subject.shared)


def findings_table(subjects: tuple[ReportSubject, ...]) -> Table | None:
    """Return severity, rule, number and migrations of findings, errors first; ``None`` if they are few."""
    places: dict[tuple[int, str], list[str]] = {}
    for severity, rule, place in _findings(subjects):
        places.setdefault((severity, rule), []).append(place)
    if sum(map(len, places.values())) <= MAX_UNTABLED_FINDINGS:
        return None
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for justify in ("left", "left", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    for (severity, rule), where in sorted(places.items(), key=lambda item: (item[0][0], -len(item[1]))):
        name = KINDS[severity]
        migrations = enumerate_items(tuple(dict.fromkeys(where)))
        table.add_row(
            Text(name, style=STYLES.get(name, "dim")), rule, str(len(where)), Text(single_line(migrations))
        )
    return table


def _findings(subjects: Iterable[ReportSubject]) -> Iterator[tuple[int, str, str]]:
    for subject in subjects:
        for shared in subject.shared:
            finding = shared.finding
            if not finding.acknowledged and finding.severity != "info":
                kind = "known" if finding.baseline == "known" else finding.severity
                yield KINDS.index(kind), finding.rule, str(subject.id or "the project")


def _is_folded(shared: GroupedFinding) -> bool:
    finding = shared.finding
    asks = finding.acknowledged or shared.lapsed or finding.severity_change is not None
    return finding.baseline == "known" or (finding.severity == "warning" and not asks)
