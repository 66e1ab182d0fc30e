"""Render results and timings as tables for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from django_switchback.checks.interface import CheckResult
from django_switchback.checks.performance import StepTiming
from django_switchback.report.formats.markdown import escape
from django_switchback.report.formats.terminal import printed
from django_switchback.report.phrases import format_seconds
from django_switchback.rules.wording import count
from django_switchback.untrusted_text import single_line

STYLES = {"passed": "green", "failed": "bold red", "not run": "bold magenta"}
OUTCOME_LABELS = {"passed": "passed", "failed": "FAILED", "not run": "NOT RUN"}
MAX_SHOWN = 10
"""Problems of a check to show; its report has all of them."""
HEADINGS = ("check", "database", "result", "time", "report")
TIMING_HEADINGS = ("time", "budget", "over by", "rows", "database", "migration", "step")
NUMERIC_HEADINGS = frozenset({"time", "budget", "over by", "rows"})

StyledLine: TypeAlias = tuple[str, str]
"""A text and its style."""


def render(
    results: Sequence[CheckResult], taken: Sequence[StepTiming] = (), *, width: int, color: bool
) -> str:
    """Return the results as text of at most ``width`` columns, except for file names."""

    def print_all(console: Console) -> None:
        for row in (*_timings(taken), *_table(results)):
            console.print(Text.assemble(*row), soft_wrap=True)
        console.print()
        for result in results:
            for depth, line, style in _details(result):
                console.print(Padding(Text(single_line(line), style=style), (0, 0, 0, 2 * depth)))
        console.print(Text(closing_line(results), style=STYLES[worst(results)]))

    return printed(print_all, width=width, color=color)


def markdown(results: Sequence[CheckResult], taken: Sequence[StepTiming] = ()) -> str:
    """Return the results as Markdown: the closing line, a table, then the details of each check."""
    lines = [f"## {closing_line(results)}", "", *_markdown_table(HEADINGS, map(_cells, results))]
    lines.append("")
    for result in results:
        lines += [f"{'  ' * depth}- {escape(line)}" for depth, line, _ in _details(result)]
    if taken:
        lines += [
            "",
            "### Times, the slowest first",
            "",
            *_markdown_table(TIMING_HEADINGS, map(_timing_cells, taken)),
        ]
    return "\n".join(lines) + "\n"


def closing_line(results: Sequence[CheckResult]) -> str:
    """Return the line that summarises all results."""
    counts = [f"{number} {word}" for word in STYLES if (number := _number(results, word))]
    if worst(results) == "passed":
        return f"All {len(results)} checks passed" if len(results) > 1 else "The check passed"
    return f"FAILED: {count(len(results), 'check')}: {', '.join(counts) or 'nothing was run'}"


def worst(results: Sequence[CheckResult]) -> str:
    """Return the worst outcome; ``not run`` if there are no results."""
    return next((word for word in ("failed", "not run", "passed") if _number(results, word)), "not run")


def _number(results: Sequence[CheckResult], word: str) -> int:
    return sum(1 for result in results if result.outcome == word)


def _table(results: Sequence[CheckResult]) -> Iterator[list[StyledLine]]:
    styles = [(2, STYLES[result.outcome]) for result in results]
    rows = [(*_cells(result)[:2], OUTCOME_LABELS[result.outcome], *_cells(result)[3:]) for result in results]
    yield from _aligned_lines(HEADINGS, rows, styles)


def _aligned_lines(
    heads: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[tuple[int | None, str]]
) -> Iterator[list[StyledLine]]:
    """Yield the lines of a table; ``styles`` gives each row's styled cell (``None``: all) and style."""
    seen = [tuple(map(single_line, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(heads, *seen, strict=True)]
    yield [(_padded_cell(head, width, head), "bold") for head, width in zip(heads, widths, strict=True)]
    for row, (place, style) in zip(seen, styles, strict=True):
        yield [
            (_padded_cell(cell, width, head), style if place in {None, number} else "")
            for number, (cell, width, head) in enumerate(zip(row, widths, heads, strict=True))
        ]


def _padded_cell(cell: str, width: int, head: str) -> str:
    room = " " * (width - cell_len(cell))
    return f"{room}{cell}  " if head in NUMERIC_HEADINGS else f"{cell}{room}  "


def _cells(result: CheckResult) -> tuple[str, ...]:
    time = "-" if result.seconds is None else format_seconds(result.seconds)
    return result.check, result.database or "-", result.outcome, time, result.report or "-"


def _details(result: CheckResult) -> Iterator[tuple[int, str, str]]:
    """Yield a result's summary, problems and notes: depth, text and style of each."""
    name = f"{result.check} {result.database}".strip()
    yield 0, f"{name}: {result.summary}", "" if result.outcome == "passed" else STYLES[result.outcome]
    for problem in result.problems[:MAX_SHOWN]:
        yield 1, _first_lines(problem), ""
    if len(result.problems) > MAX_SHOWN:
        left = len(result.problems) - MAX_SHOWN
        yield 1, f"and {left} more, in {result.report or 'the evidence log'}", ""
    yield from ((1, f"note: {note}", "dim") for note in result.notes[:MAX_SHOWN])


def _first_lines(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:3])


def _timings(taken: Sequence[StepTiming]) -> Iterator[list[StyledLine]]:
    if taken:
        styles = [(None, STYLES["failed"] if timing.seconds_over_budget else "") for timing in taken]
        yield from _aligned_lines(TIMING_HEADINGS, [_timing_cells(timing) for timing in taken], styles)
        yield []


def _timing_cells(timing: StepTiming) -> tuple[str, ...]:
    return (
        format_seconds(timing.seconds) if timing.outcome == "ok" else timing.outcome,
        f"{timing.budget:g} s",
        format_seconds(timing.seconds_over_budget) if timing.seconds_over_budget else "-",
        "-" if timing.rows is None else str(timing.rows),
        timing.database,
        str(timing.migration),
        timing.direction,
    )


def _markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return lines + [f"| {' | '.join(map(escape, row))} |" for row in rows]
