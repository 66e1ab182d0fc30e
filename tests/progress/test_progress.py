"""Progress as bars and as lines: whole blocks, from records written by hand."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import textwrap
from collections.abc import Iterable

import msgspec
import pytest

from django_switchback.evidence import (
    AnyRecord,
    Compared,
    Comparison,
    DatabaseBroken,
    Difference,
    Direction,
    Failure,
    MigrationName,
    NotRun,
    Outcome,
    PartFinished,
    Phase,
    RowDifference,
    ScratchFinished,
    StepFinished,
    StepStarted,
)
from django_switchback.progress.bars import ProgressBars
from django_switchback.progress.interface import PlainProgress, Progress, progress_for

BLOG = MigrationName("blog", "0007_add_performance_indexes")
FORUM = MigrationName("forum", "0002_topic")
LEFT = Comparison(
    schema=(Difference("index", "blog_post_slug", "extra", table="blog_post"),),
    rows=(RowDifference("blog_post", lost=2),),
)


def step(
    migration: MigrationName,
    direction: Direction,
    *,
    phase: Phase = "cycle",
    outcome: Outcome = "ok",
    failure: Failure | None = None,
    trial: bool = False,
    part: str = "1",
) -> tuple[AnyRecord, ...]:
    """Return the two records of a step of a quarter of a second on SQLite."""
    started = StepStarted("sqlite", part, migration, phase, direction, "new")
    finished = StepFinished(
        "sqlite", part, migration, phase, direction, "new", outcome, 0.25, failure=failure, trial=trial
    )
    return started, finished


def cycle(migration: MigrationName, part: str = "1") -> tuple[AnyRecord, ...]:
    """Return the records of a cycle in which all is well."""
    steps = (step(migration, direction, part=part) for direction in ("forward", "rollback", "reapply"))
    restored = Compared("sqlite", migration, "cycle", "restored", "new", Comparison())
    return (*(record for records in steps for record in records), restored)


RUN: tuple[AnyRecord, ...] = (
    *step(BLOG, "forward", phase="scratch"),
    ScratchFinished("sqlite", 1.5, 50),
    *cycle(BLOG),
    *step(FORUM, "forward"),
    *step(
        FORUM, "rollback", outcome="failed", failure=Failure("OperationalError", "no such\x1b[31m table\nx")
    ),
    *step(FORUM, "rollback", outcome="failed", trial=True),
    *step(FORUM, "reapply", outcome="timed-out"),
    Compared("sqlite", FORUM, "cycle", "reapplied", "new", LEFT),
    *step(FORUM, "rollback", phase="unwind"),
    *step(BLOG, "rollback", phase="unwind", outcome="died"),
    Compared("sqlite", BLOG, "unwind", "after-failure", "new", LEFT),
    NotRun("sqlite", MigrationName("forum", "0003_late"), "its tables have no rows"),
    PartFinished("sqlite", "1", 3.0, 1),
    DatabaseBroken("sqlite", "the disk is full"),
)

LINES = """\
sqlite         from scratch                                    1.50 s  50 migrations
sqlite         blog.0007_add_performance_indexes               0.75 s  ok
sqlite         forum.0002_topic                                0.75 s  rollback failed: \
OperationalError: no such\\x1b[31m table; reapply timed out; \
reapplied differs: 1 in the schema, rows of blog_post
sqlite         blog.0007_add_performance_indexes               0.25 s  unwind: rollback died
sqlite         blog.0007_add_performance_indexes                       unwind: after failure differs: \
1 in the schema, rows of blog_post
sqlite         forum.0003_late                                         not run: its tables have no rows
sqlite         unwind                                          0.50 s  2 steps
sqlite                                                                 could not go on: the disk is full
"""


def plain(records: Iterable[AnyRecord], *, verbose: bool = False) -> str:
    """Return what the plain progress prints for ``records``."""
    stream = io.StringIO()
    progress = PlainProgress(stream, verbose=verbose)
    for record in records:
        progress.observe(record)
    progress.close()
    progress.close()
    return stream.getvalue()


def test_plain_run() -> None:
    """A line a migration with what went wrong, trials left out, foreign text escaped."""
    assert plain(RUN) == LINES


def test_cut_short() -> None:
    """A cycle that was under way when the run ended still gets its line, once."""
    assert plain(cycle(BLOG)) == (
        "sqlite         blog.0007_add_performance_indexes               0.75 s  ok\n"
    )


def test_not_run_to_its_end() -> None:
    """A cycle that is given up gets its line before the line that says why."""
    given_up = NotRun("sqlite", BLOG, "the clone is gone", error=True)
    assert plain([*step(BLOG, "forward"), given_up]) == textwrap.dedent("""\
        sqlite         blog.0007_add_performance_indexes               0.25 s  ok
        sqlite         blog.0007_add_performance_indexes                       not run: the clone is gone
        """)


def test_parts_do_not_mix() -> None:
    """Two workers on one database: each migration has a line with its own steps."""
    mixed = [record for pair in zip(cycle(BLOG, "1"), cycle(FORUM, "2"), strict=True) for record in pair]
    assert plain(mixed) == textwrap.dedent("""\
        sqlite         blog.0007_add_performance_indexes               0.75 s  ok
        sqlite         forum.0002_topic                                0.75 s  ok
        """)


def test_scratch_failure() -> None:
    """A run from nothing that fails says where and why."""
    failed = ScratchFinished("sqlite", 1.0, 3, FORUM, Failure("ValueError", "no"))
    assert plain([failed]) == (
        "sqlite         from scratch                                    1.00 s  "
        "failed at forum.0002_topic: ValueError: no\n"
    )


def test_verbose_has_a_line_a_step() -> None:
    """--verbose shows every step with its rows, trials among them."""
    assert plain(step(FORUM, "rollback", outcome="failed", trial=True), verbose=True) == (
        "sqlite         forum.0002_topic                                0.25 s  "
        "trial cycle rollback, rows new: failed\n"
    )


def test_plain_plan_and_note() -> None:
    """The plan and notes are lines of their own, on one line whatever they hold."""
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.planned("sqlite", 6)
    progress.note("starting\rPostgreSQL\n18")
    assert stream.getvalue() == "sqlite: 6 steps to go\nstarting\\rPostgreSQL\\n18\n"


def test_watch_chooses() -> None:
    """Quiet is silent even on a terminal; what is no terminal gets lines; a terminal gets bars."""
    stream = io.StringIO()
    assert type(progress_for(stream, verbose=False, quiet=True, terminal=True)) is Progress
    assert isinstance(progress_for(stream, verbose=False, quiet=False, terminal=False), PlainProgress)
    bars = progress_for(stream, verbose=False, quiet=False, terminal=True)
    bars.close()
    assert isinstance(bars, ProgressBars)


def test_silent_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """--quiet prints nothing at all."""
    silent = Progress()
    silent.planned("sqlite", 1)
    silent.note("x")
    for record in RUN:
        silent.observe(record)
    silent.close()
    assert capfd.readouterr() == ("", "")


def on_a_terminal(records: Iterable[AnyRecord], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal of 200 columns receives from the bars for ``records``."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        bars = ProgressBars(terminal)
        bars.planned("sqlite", 4)
        bars.planned("sqlite", 5)
        received = ""
        for record in records:
            bars.observe(record)
            bars._live.refresh()
            received += _pending(master)
        bars.close()
        bars.close()
        received += _pending(master)
    os.close(master)
    return received


def _pending(master: int) -> str:
    received = b""
    while select.select([master], [], [], 0.02)[0]:
        received += os.read(master, 65536)
    return received.decode()


def test_a_second_cycle_makes_the_bar_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a target takes its cycle without edge rows again, one step more is to be done, and no trial."""
    forward, _ = step(BLOG, "forward")
    again = msgspec.structs.replace(forward, rows="typical", without_edge=True)
    trial = msgspec.structs.replace(forward, rows="typical", trial=True)
    received = on_a_terminal([*step(BLOG, "forward"), again, trial], monkeypatch)
    assert "1/10" in received
    assert "/11" not in received


def test_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal: a bar with what is under way and done of total steps; finished migrations above it."""
    received = on_a_terminal(RUN, monkeypatch)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", received).replace("\r", "\n")
    for line in LINES.splitlines():
        assert line in text
    assert re.search(r"sqlite .* 2/9 .* blog\.0007_add_performance_indexes reapply", text)
    assert re.search(r"sqlite .* 8/9 .* blog\.0007_add_performance_indexes rollback", text)
    assert "\x1b[31m" not in received
    assert "9/9" not in text, "neither a trial nor a step from nothing is one of the plan"
    assert received.rindex("\x1b[2K") > received.rindex("8/9"), "the bar is gone at the end"
    assert received.rindex("\x1b[?25h") > received.rindex("\x1b[?25l"), "the cursor is back"


def test_the_way_from_nothing_is_seen_to_go_on() -> None:
    """Hundreds of migrations before the first target are a line every fifty."""
    stream = io.StringIO()
    progress = PlainProgress(stream)
    for _ in range(120):
        for record in step(BLOG, "forward", phase="scratch"):
            progress.observe(record)
    progress.close()
    assert [text.split() for text in stream.getvalue().splitlines()] == [
        ["sqlite", "from", "scratch", "12.50", "s", "50", "migrations", "so", "far"],
        ["sqlite", "from", "scratch", "25.00", "s", "100", "migrations", "so", "far"],
    ]
