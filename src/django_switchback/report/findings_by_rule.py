"""Tables the findings by rule, and chooses the warnings and known findings that are shown there only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table

from django_switchback.report.finding_blocks import STYLES
from django_switchback.report.grouped_findings import GroupedFinding, ReportSubject
from django_switchback.report.name_text import NameText
from django_switchback.rules.interface import SEVERITIES
from django_switchback.rules.wording import enumerate_items
from django_switchback.untrusted_text import single_line

MAX_FULL_WARNINGS = 5
"""Warnings to show with evidence and fix; of more than that, only the number by rule is shown."""
MAX_UNTABLED_FINDINGS = 5
"""Findings that are seen at a glance without a table."""
MIN_TABLE_WIDTH = 90
"""Columns of a terminal on which the names of migrations fit beside a rule."""
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


class FindingsByRule:
    """Severity, rule, number and migrations of findings, errors first, as a rich renderable.

    On a narrow terminal the migrations of errors stand below the rule, and other rules are only counted.
    """

    def __init__(self, subjects: tuple[ReportSubject, ...]) -> None:
        places: dict[tuple[int, str], list[str]] = {}
        for severity, rule, place in _findings(subjects):
            places.setdefault((severity, rule), []).append(place)
        self._places = sorted(places.items(), key=lambda item: (item[0][0], -len(item[1])))
        self.is_short = sum(map(len, places.values())) <= MAX_UNTABLED_FINDINGS
        """Whether they are so few that all are seen at a glance."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < MIN_TABLE_WIDTH:
            yield from self._stacked()
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        for justify in ("left", "left", "right", "left"):
            table.add_column(justify=justify, overflow="fold")
        for (severity, rule), where in self._places:
            table.add_row(_kind(severity), rule, str(len(where)), _migrations(where))
        yield table

    def _stacked(self) -> RenderResult:
        for severity, found in groupby(self._places, lambda entry: entry[0][0]):
            rules = [(rule, where) for (_, rule), where in found]
            if KINDS[severity] == "error":
                for rule, where in rules:
                    yield _kind(severity).append(f"  {rule}, {len(where)}", style="not bold default")
                    yield Padding(_migrations(where), (0, 0, 0, 4))
            else:
                counts = ", ".join(f"{rule} {len(where)}" for rule, where in rules)
                yield _kind(severity).append(f"  {counts}", style="not bold default")


def _kind(severity: int) -> NameText:
    return NameText(KINDS[severity], style=STYLES.get(KINDS[severity], "dim"))


def _migrations(where: list[str]) -> NameText:
    return NameText(single_line(enumerate_items(tuple(dict.fromkeys(where)))))


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
