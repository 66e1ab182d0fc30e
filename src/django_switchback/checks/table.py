"""Results and timings as tables: for a terminal, and as Markdown."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from django_switchback.checks.interface import Result
from django_switchback.checks.performance import Timing
from django_switchback.report.markdown import escaped
from django_switchback.report.text import no_command, seconds, visible
from django_switchback.rules.wording import count

STYLES = {"passed": "green", "failed": "bold red", "not run": "bold magenta"}
SHOUTED = {"passed": "passed", "failed": "FAILED", "not run": "NOT RUN"}
SHOWN = 10
"""Problems of one check that the terminal shows; its report has them all."""
HEADS = ("check", "database", "result", "time", "report")
TIMING_HEADS = ("time", "budget", "over by", "rows", "database", "migration", "step")
NUMBERS = frozenset({"time", "budget", "over by", "rows"})

Line: TypeAlias = tuple[str, str]
"""A text and its style."""


def render(results: Sequence[Result], taken: Sequence[Timing] = (), *, width: int, color: bool) -> str:
    """Return the results as text of at most ``width`` columns, but for the names of files."""
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
        for row in (*_timings(taken), *_table(results)):
            console.print(Text.assemble(*row), soft_wrap=True)
        console.print()
        for result in results:
            for depth, line, style in _told(result):
                console.print(Padding(Text(visible(line), style=style), (0, 0, 0, 2 * depth)))
        console.print(Text(closing(results), style=STYLES[worst(results)]))
    lines = [no_command(line.rstrip()) for line in capture.get().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def markdown(results: Sequence[Result], taken: Sequence[Timing] = ()) -> str:
    """Return the results as Markdown: the closing line, one table, then what each check has to say."""
    lines = [f"## {closing(results)}", "", *_marked(HEADS, map(_cells, results))]
    lines.append("")
    for result in results:
        lines += [f"{'  ' * depth}- {escaped(line)}" for depth, line, _ in _told(result)]
    if taken:
        lines += ["", "### Times, the slowest first", "", *_marked(TIMING_HEADS, map(_timed, taken))]
    return "\n".join(lines) + "\n"


def closing(results: Sequence[Result]) -> str:
    """Return the one line that says it all."""
    left = [f"{number} {word}" for word in STYLES if (number := _number(results, word))]
    if worst(results) == "passed":
        return f"All {len(results)} checks passed" if len(results) > 1 else "The check passed"
    return f"FAILED: {count(len(results), 'check')}: {', '.join(left) or 'nothing was run'}"


def worst(results: Sequence[Result]) -> str:
    """Return the worst outcome; no result at all is none that passed."""
    return next((word for word in ("failed", "not run", "passed") if _number(results, word)), "not run")


def _number(results: Sequence[Result], word: str) -> int:
    return sum(1 for one in results if one.outcome == word)


def _table(results: Sequence[Result]) -> Iterator[list[Line]]:
    styles = [(2, STYLES[one.outcome]) for one in results]
    shouted = [(*_cells(one)[:2], SHOUTED[one.outcome], *_cells(one)[3:]) for one in results]
    yield from _aligned(HEADS, shouted, styles)


def _aligned(
    heads: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[tuple[int | None, str]]
) -> Iterator[list[Line]]:
    """Yield each line of a table; ``styles`` says for each row which cell (all: ``None``) has which."""
    seen = [tuple(map(visible, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(heads, *seen, strict=True)]
    yield [(_padded(head, width, head), "bold") for head, width in zip(heads, widths, strict=True)]
    for row, (place, style) in zip(seen, styles, strict=True):
        yield [
            (_padded(cell, width, head), style if place in {None, number} else "")
            for number, (cell, width, head) in enumerate(zip(row, widths, heads, strict=True))
        ]


def _padded(cell: str, width: int, head: str) -> str:
    room = " " * (width - cell_len(cell))
    return f"{room}{cell}  " if head in NUMBERS else f"{cell}{room}  "


def _cells(one: Result) -> tuple[str, ...]:
    time = "-" if one.seconds is None else seconds(one.seconds)
    return one.check, one.database or "-", one.outcome, time, one.report or "-"


def _told(result: Result) -> Iterator[tuple[int, str, str]]:
    """Yield what a result says, its problems and its notes: depth, text and style of each."""
    name = f"{result.check} {result.database}".strip()
    yield 0, f"{name}: {result.said}", "" if result.outcome == "passed" else STYLES[result.outcome]
    for problem in result.problems[:SHOWN]:
        yield 1, _first_lines(problem), ""
    if len(result.problems) > SHOWN:
        left = len(result.problems) - SHOWN
        yield 1, f"and {left} more, in {result.report or 'the evidence log'}", ""
    yield from ((1, f"note: {note}", "dim") for note in result.notes[:SHOWN])


def _first_lines(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:3])


def _timings(taken: Sequence[Timing]) -> Iterator[list[Line]]:
    if taken:
        styles = [(None, STYLES["failed"] if one.over else "") for one in taken]
        yield from _aligned(TIMING_HEADS, [_timed(one) for one in taken], styles)
        yield []


def _timed(one: Timing) -> tuple[str, ...]:
    return (
        seconds(one.seconds) if one.ended == "ok" else one.ended,
        f"{one.budget:g} s",
        seconds(one.over) if one.over else "-",
        "-" if one.rows is None else str(one.rows),
        one.database,
        str(one.migration),
        one.direction,
    )


def _marked(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return lines + [f"| {' | '.join(map(escaped, row))} |" for row in rows]
