"""Render a finding for the terminal: severity, message, evidence, fix and commands to reproduce it."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table

from django_switchback.report.answers import answer_lines, reproduction, severity_words
from django_switchback.report.evidence_tables import (
    EvidenceTable,
    migrations_to_write,
    minimal_test,
    other_phases,
    tabulate,
)
from django_switchback.report.grouped_findings import GroupedFinding
from django_switchback.report.name_text import NameText
from django_switchback.rules.interface import Finding
from django_switchback.untrusted_text import single_line

STYLES = {
    "passed": "green",
    "failed": "bold red",
    "skipped": "yellow",
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
}
INDENT = 4
MESSAGE_LINES = 8
"""Lines of an exception's message to show; the JSON report has all of them."""


def finding_block(shared: GroupedFinding, *, verbose: bool = False) -> RenderResult:
    """Yield the lines of a finding; of an acknowledged or known one only the message and the reason.

    ``verbose`` adds the line that acknowledges it, and the migrations to write instead and the test with the
    minimal rows, if there are any.
    """
    finding = shared.finding
    yield Padding(_head(shared), (0, 0, 0, 2))
    yield _indented(NameText(single_line(finding.message)))
    yield from (_indented(NameText(single_line(line))) for line in answer_lines(shared))
    if finding.acknowledged or (finding.excused and not verbose):
        return
    yield from map(_indented, _details(finding))
    for table in tabulate(finding):
        yield from map(_indented, _table(table))
    yield _indented(NameText(single_line(f"Fix: {finding.fix}")))
    yield from commands_block(reproduction(finding))
    if shared.settings_lines and (verbose or shared.lapsed):
        yield _indented(NameText("To acknowledge it, in [tool.switchback.acknowledge]:", style="dim"))
        yield from map(_UnwrappedLine, shared.settings_lines)
    migrations = migrations_to_write(finding)
    if migrations is not None and not verbose:
        yield _indented(NameText("--verbose shows the migrations to write instead.", style="dim"))
    elif migrations is not None:
        yield _indented(NameText("The migrations to write instead:", style="dim"))
        yield from map(_UnwrappedLine, migrations.splitlines())
    test = minimal_test(finding)
    if verbose and test is not None:
        yield _indented(NameText("A test that reproduces it:", style="dim"))
        yield from map(_UnwrappedLine, test.splitlines())


def commands_block(lines: tuple[str, ...]) -> RenderResult:
    """Yield a label and the commands below it, to copy; nothing without any."""
    for label in lines[:1]:
        yield _indented(NameText(label, style="dim"))
    yield from map(_UnwrappedLine, lines[1:])


def finding_line(shared: GroupedFinding) -> RenderableType:
    """Return a finding as one entry without its evidence and fix, for what concerns no migration."""
    line = _head(shared)
    message = shared.finding.message.rstrip(".")
    line.append(single_line(f"  {message}; --verbose shows what to do"), style="not bold default")
    return Padding(line, (0, 0, 0, 2))


def _head(shared: GroupedFinding) -> NameText:
    finding = shared.finding
    style = "dim" if finding.excused else STYLES[finding.severity]
    head = NameText(severity_words(finding), style=style)
    head.append(single_line(f"  {shared.rules}  [{', '.join(shared.databases)}]"), style="not bold default")
    if finding.confirmed:
        head.append("  confirmed", style="not bold dim default")
    return head


def _details(finding: Finding) -> tuple[NameText, ...]:
    """Return what the finding does not say of the exception's message, and the messages of other phases."""
    lines = finding.failure.message.strip().splitlines()[1:MESSAGE_LINES] if finding.failure else []
    unsaid = (line for line in lines if " ".join(line.split()) not in finding.message)
    texts = (*unsaid, *other_phases(finding))
    return tuple(NameText(single_line(line), style="dim") for line in texts)


def _table(shown: EvidenceTable) -> tuple[RenderableType, ...]:
    caption = (NameText(shown.caption),) if shown.caption else ()
    if not any(any(line) for line in shown.lines):
        return caption
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in shown.headings:
        table.add_column(head, overflow="fold")
    for line in shown.lines:
        table.add_row(*(NameText(cell) for cell in line))
    more = NameText(f"and {shown.omitted} more, in the JSON report", style="dim")
    return (*caption, table, *((more,) if shown.omitted else ()))


def _indented(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, INDENT))


class _UnwrappedLine:
    """A command to copy, never wrapped, whatever the terminal's width."""

    def __init__(self, command: str) -> None:
        self._command = single_line(command)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(f"{' ' * INDENT}{self._command}\n")
