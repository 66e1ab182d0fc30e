"""Render the report for the terminal: databases, migrations, findings and commands to reproduce them."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import groupby

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table

from django_switchback.evidence import StepFinished, TimeSpent
from django_switchback.report import grouped_findings
from django_switchback.report.answers import repetition
from django_switchback.report.empty_tables import empty_table_lines
from django_switchback.report.finding_blocks import STYLES, commands_block, finding_block, finding_line
from django_switchback.report.findings_by_rule import FindingsByRule, without_warnings
from django_switchback.report.name_text import NameText
from django_switchback.report.phrases import count_findings, count_verdicts, format_seconds, info_findings
from django_switchback.report.time_table import longest_targets, time_table
from django_switchback.rules.wording import count, enumerate_items
from django_switchback.untrusted_text import single_line, without_workflow_command
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Report, Verdict
from django_switchback.verdict.run_verdict import fails_run

DIRECTIONS = ("forward", "rollback", "reapply")
VERDICT_LABELS = {"passed": "passed", "skipped": "skipped", "failed": "FAILED", "error": "ERROR"}
"""Upper case marks failures without colour too."""
MAX_LISTED = 20
"""Migrations of a database to list one by one; of more, passes that follow another share a line."""
REASON_LINES = 20
"""Lines of a reason to show; the JSON report has all of them."""
HINT = (
    "`switchback rules NAME` explains a rule, `switchback --migration APP.NAME` rehearses one migration "
    "again; --verbose and --html FILE show rows and commands of each."
)
ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def render(report: Report, *, width: int, color: bool, verbose: bool = False) -> str:
    """Return the report as text of at most ``width`` columns; only commands to copy may be longer.

    Notes (findings of severity info) are only counted unless ``verbose``, and so are warnings if they are
    many. Without ``color`` the text holds no
    escape sequence, and the same report always gives the same text.
    """
    page = _ReportPage(report, verbose)
    return printed(lambda console: console.print(page, crop=False), width=width, color=color)


def printed(print_all: Callable[[Console], None], *, width: int, color: bool) -> str:
    """Return what ``print_all`` prints to a console, without workflow commands."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        print_all(console)
    lines = [without_workflow_command(line.rstrip()) for line in capture.get().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


class _ReportPage:
    """The report as a rich renderable."""

    def __init__(self, report: Report, verbose: bool) -> None:
        self._report = report
        self._verbose = verbose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        report = self._report
        run = report.run
        project = f"{run.project} ({run.settings})" if run.settings else run.project
        yield NameText(single_line(f"Switchback {run.version}: {project}, seed {run.seed}"), style="bold")
        for notice in report.notices:
            yield NameText(single_line(notice), style="yellow")
        for database in report.databases:
            yield from _database(database, report, self._verbose)
        subjects = grouped_findings.grouped_findings(report, notes=self._verbose)
        for subject in subjects if self._verbose else without_warnings(subjects):
            yield NameText()
            yield NameText(single_line(str(subject.id or "The project as a whole")), style="bold")
            for shared in grouped_findings.in_one_entry(subject.shared):
                if subject.id is None and not self._verbose and shared.finding.severity == "warning":
                    yield finding_line(shared)
                else:
                    yield from finding_block(shared, verbose=self._verbose)
            yield from commands_block(repetition(subject.name, subject.shared))
        yield from _reasons(report, self._verbose)
        table = FindingsByRule(subjects)
        if not table.is_short:
            yield NameText()
            yield NameText("All findings by rule", style="bold")
            yield Padding(table, (0, 0, 0, 2))
            yield Padding(NameText(HINT, style="dim"), (0, 0, 0, 2))
        if self._verbose:
            yield from _times(run.times)
        yield NameText()
        yield _closing(report, self._verbose)


def _times(times: tuple[TimeSpent, ...]) -> RenderResult:
    table = time_table(times)
    if table is not None:
        yield NameText()
        yield NameText("Where the time went (of all workers together)", style="bold")
        yield Padding(table, (0, 0, 0, 2))
        yield Padding(NameText(longest_targets(times), style="dim"), (0, 0, 0, 2))


def _database(database: DatabaseReport, report: Report, verbose: bool) -> RenderResult:
    yield NameText()
    scratch = database.scratch
    engine = f"{ENGINES.get(database.engine, database.engine)} {database.version}".strip()
    alias = "" if database.alias == "default" else f", alias {database.alias}"
    line = NameText(single_line(f"{database.name}"), style="bold")
    line.append(single_line(f": {engine}{alias}; from scratch: "), style="not bold")
    line.append(VERDICT_LABELS[scratch.verdict], style=STYLES[scratch.verdict])
    if scratch.migrations:
        duration = f", {count(scratch.migrations, 'migration')} in {format_seconds(scratch.seconds)}"
        line.append(duration, style="not bold")
    yield line
    entries = tuple(migration for migration in report.migrations if migration.database == database.name)
    if entries:
        yield Padding(_table(entries, fold=len(entries) > MAX_LISTED and not verbose), (0, 0, 0, 2))
        for text in empty_table_lines(entries):
            yield Padding(NameText(single_line(text), style="yellow"), (0, 0, 0, 2))


def _table(entries: tuple[MigrationReport, ...], *, fold: bool) -> Table:
    """Return verdict and times of each migration; with ``fold``, passes that follow another share a line."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("", overflow="fold")
    for head in ("forward", "rollback", "re-apply"):
        table.add_column(head, justify="right", no_wrap=True)
    app = None
    for (app_of_group, label, _), found in groupby(entries, lambda entry: _group(entry, fold)):
        group = tuple(found)
        if app_of_group != app:
            app = app_of_group
            table.add_row("", NameText(single_line(app), style="bold"))
        name = group[0].id.name if len(group) == 1 else f"{_numbers(group)} ({len(group)})"
        table.add_row(
            NameText(label, style=STYLES[group[0].verdict]),
            NameText(single_line(name)),
            *(NameText(_timing(group, direction)) for direction in DIRECTIONS),
        )
    return table


def _group(entry: MigrationReport, fold: bool) -> tuple[str, str, str]:
    """Return what the entries of one line have in common: app, label, and the name if they are not folded."""
    plain = fold and entry.verdict == "passed" and not entry.acknowledged and entry.reason is None
    return entry.id.app, _label(entry), "" if plain else entry.id.name


def _numbers(group: tuple[MigrationReport, ...]) -> str:
    """Return the first and the last number of migrations that follow each other."""
    first, last = (entry.id.name.partition("_")[0] for entry in (group[0], group[-1]))
    return f"{first} to {last}"


def _label(entry: MigrationReport) -> str:
    return "in part" if entry.elsewhere and entry.verdict == "skipped" else VERDICT_LABELS[entry.verdict]


def _timing(group: tuple[MigrationReport, ...], direction: str) -> str:
    """Return the seconds of the steps that count, or the outcome of one that failed."""
    steps = [step for entry in group if (step := _counting_step(entry, direction)) is not None]
    if not steps:
        return "-"
    failed = next((step.outcome for step in steps if step.outcome != "ok"), None)
    return failed or format_seconds(sum(step.seconds for step in steps))


def _counting_step(entry: MigrationReport, direction: str) -> StepFinished | None:
    steps = [step for step in entry.steps if step.phase == "cycle" and step.direction == direction]
    if entry.verdict == "passed" and not entry.acknowledged:
        # A step that only edge rows make fail is a warning, and is repeated without them.
        steps.sort(key=lambda step: step.outcome != "ok")
    return next(iter(steps), None)


def _reasons(report: Report, verbose: bool) -> RenderResult:
    alike: dict[tuple[Verdict, str, tuple[str, ...]], list[str]] = {}
    for migration in grouped_findings.migration_reasons(report):
        key = migration.verdict, migration.reason, migration.databases
        alike.setdefault(key, []).append(str(migration.id))
    if alike:
        yield NameText()
        yield NameText("Not rehearsed, or not completely", style="bold")
    for (verdict, reason, databases), migrations in alike.items():
        names = ", ".join(migrations) if verbose else enumerate_items(migrations)
        line = NameText(f"{VERDICT_LABELS[verdict]} ", style=STYLES[verdict])
        line.append(single_line(f"{names} [{', '.join(databases)}]: {reason}"), style="not bold")
        yield Padding(line, (0, 0, 0, 2))
    if report.reasons:
        yield NameText()
        yield NameText("The run did not finish", style="bold")
    for reason in report.reasons:
        for text in reason.splitlines()[:REASON_LINES]:
            yield Padding(NameText(single_line(text)), (0, 0, 0, 2))


def _closing(report: Report, verbose: bool) -> NameText:
    of_shard = report.headline != report.verdict
    line = NameText(
        report.headline if of_shard else VERDICT_LABELS[report.verdict],
        style=STYLES["skipped" if of_shard else report.verdict],
    )
    hint = "" if verbose or not info_findings(report) else " (use --verbose to show notes)"
    if report.verdict == "failed" and all(entry.verdict != "failed" for entry in report.migrations):
        skips = any(map(fails_run, report.migrations))
        line.append(", by what was skipped" if skips else ", by the project as a whole")
    line.append(
        f": {count_verdicts(report)}; {count_findings(report)}{hint}; {format_seconds(report.run.seconds)}",
        style="not bold default",
    )
    return line
