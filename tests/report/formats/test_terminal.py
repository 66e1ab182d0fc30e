"""The terminal report: whole blocks, at 80 columns, without colour, with nothing that a terminal obeys."""

from __future__ import annotations

import msgspec
import pytest
from rich.padding import Padding
from rules.builders import step

from django_switchback.evidence import Failure, MigrationName, SeveritySetting
from django_switchback.report.formats.terminal import printed, render
from django_switchback.report.name_text import NameText
from django_switchback.rules.acknowledge import Acknowledgement
from django_switchback.rules.exhibits import FailedStep
from django_switchback.rules.interface import Finding, SeverityChange
from django_switchback.verdict.interface import Report
from report.reports import clean, hostile, mixed

CLEAN = """\
Switchback 0.1.0: example (config.settings), seed 7

postgresql-18: PostgreSQL 18.6; from scratch: passed, 2 migrations in 1.250 s
                       forward rollback re-apply
         blog
  passed 0002_add_slug 0.010 s  0.010 s  0.010 s

passed: 1 migration: 1 passed; no findings; 4.500 s
"""

MIXED = """\
Switchback 0.1.0: example (config.settings), seed 7

postgresql-18: PostgreSQL 18.6; from scratch: passed, 2 migrations in 1.250 s
                        forward rollback re-apply
          blog
  FAILED  0002_add_slug 0.010 s  0.010 s  0.010 s
  passed  0003_add_tag   12.5 s   failed        -
          shop
  skipped 0001_initial        -        -        -
  no rows in blog_geo for 1 migration: no value could be made for area
  fewer rows than requested in blog_page for 1 migration: its rows have their
  places

blog.0002_add_slug
  error  rollback-leaves-schema  [postgresql-18]
    After rolling back, the schema differs from the one before
    blog.0002_add_slug: index post_slug on blog_post is left over.
    object                        change  before     after
    index post_slug on blog_post  extra   not there  there
    Fix: In the reverse of the operation that caused it, drop index post_slug.
    To reproduce it, on a scratch database:
    python manage.py migrate blog 0002_add_slug
    python manage.py migrate blog 0001_initial
  error  rollback-loses-data  [postgresql-18]
    Rolling back blog.0002_add_slug changes 2 rows of blog_post (title).
    blog_post: 2 rows (2 changed)
    row   change   column  before  after
    id=1  changed  title   One     ''
    Fix: Make the reverse step restore the values of blog_post (title) as they
    were.
    To reproduce it, on a scratch database:
    python manage.py migrate blog 0002_add_slug
    python manage.py migrate blog 0001_initial
    To rehearse it again (add the options of this run):
    switchback --migration blog.0002_add_slug

The project as a whole
  warning  system-check  [postgresql-18]  manage.py check --deploy reports
  security.W004: You have not set HSTS; --verbose shows what to do

blog.0003_add_tag
  error, acknowledged  irreversible  [postgresql-18]
    blog.0003_add_tag cannot be rolled back: its operation RunPython (Raw Python
    operation) has no reverse.
    Acknowledged: by backup, see the runbook (docstring)

Not rehearsed, or not completely
  passed blog.0003_add_tag [postgresql-18]: the cycle's rollback and the
  unwind's rollback failed, which is acknowledged
  skipped shop.0001_initial [postgresql-18]: it needs shop.0000, which could not
  be applied

FAILED: 3 migrations: 1 passed, 1 failed, 1 skipped; 2 errors, 1 warning, 1
note, 1 acknowledged (use --verbose to show notes); 4.500 s
"""


def test_a_clean_run_is_a_few_lines() -> None:
    """Where nothing was found there is the table and the closing line."""
    assert render(clean(), width=80, color=False) == CLEAN


def test_findings_acknowledged_and_skipped_stand_in_the_report() -> None:
    """Every verdict, finding, reason and command of a mixed run, as a whole block."""
    assert render(mixed(), width=80, color=False) == MIXED


def test_notes_are_shown_when_asked_for() -> None:
    """Notes are counted, and shown with what they say under ``--verbose``."""
    told = render(mixed(), width=80, color=False, verbose=True)
    assert "note  rollback-loses-data" in told
    assert "blog_post.slug of 5 rows" in told
    assert "    Fix: Set it." in told
    assert "--verbose" not in told


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_but_commands_is_wider_than_asked_for(width: int) -> None:
    """Text folds; a command stays on one line, so that it can be copied."""
    lines = render(mixed(), width=width, color=False).splitlines()
    commands = ("    python manage.py ", "    switchback --migration ")
    assert all(len(line) <= width or line.startswith(commands) for line in lines)
    assert "    python manage.py migrate blog 0001_initial" in lines


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"])
def test_the_surroundings_change_nothing(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped output is the same on every machine, whatever its environment says of colours and widths."""
    monkeypatch.setenv(variable, "1")
    assert render(mixed(), width=80, color=False) == MIXED


def test_colour_is_only_colour() -> None:
    """With colour the words are the same, and there is colour."""
    assert "\x1b[" in render(mixed(), width=80, color=True)


@pytest.mark.parametrize("verbose", [False, True])
def test_hostile_text_has_no_power(verbose: bool) -> None:
    """No control character, mark of direction or workflow command of the project gets through."""
    text = render(hostile(), width=80, color=False, verbose=verbose)
    assert not {"\x1b", "\u202e", "\u2028", "\r"} & set(text)
    assert "\\x1b[31m[red]" in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def with_warnings(number: int) -> Report:
    """Return a report with ``number`` warnings of two rules, and one that a setting made, beside errors."""
    report = mixed()
    first, *others = report.migrations
    warning = Finding(
        rule="blocking-lock", severity="warning", message="It locks 0.", phase="cycle", fix="Wait less."
    )
    many = (
        msgspec.structs.replace(
            warning, message=f"It locks {index}.", rule="table-rewrite" if index == 3 else "blocking-lock"
        )
        for index in range(number)
    )
    lowered = msgspec.structs.replace(
        warning,
        message="It was an error.",
        severity_change=SeverityChange("error", (SeveritySetting("blocking-lock", "warning", "known"),)),
    )
    entry = msgspec.structs.replace(first, findings=(*first.findings, *many, lowered))
    return msgspec.structs.replace(report, migrations=(entry, *others))


def test_many_warnings_are_a_table() -> None:
    """They are counted by rule, with errors first; what a setting made a warning is shown in full."""
    text = render(with_warnings(9), width=100, color=False)
    assert "It locks" not in text
    assert "It was an error." in text
    table = text.partition("All findings by rule\n")[2].splitlines()
    assert [line.split()[:3] for line in table[: table.index("")]][:4] == [
        ["error", "rollback-leaves-schema", "1"],
        ["error", "rollback-loses-data", "1"],
        ["warning", "blocking-lock", "9"],
        ["warning", "table-rewrite", "1"],
    ]
    assert render(with_warnings(9), width=100, color=False, verbose=True).count("It locks") == 9


def test_on_a_narrow_terminal_warnings_are_counted() -> None:
    """The migrations of errors stand below their rule, and what is only a warning has one paragraph."""
    lines = render(with_warnings(9), width=60, color=False).splitlines()
    table = lines[lines.index("All findings by rule") + 1 :]
    assert table[:6] == [
        "  error  rollback-leaves-schema, 1",
        "      blog.0002_add_slug",
        "  error  rollback-loses-data, 1",
        "      blog.0002_add_slug",
        "  warning  blocking-lock 9, table-rewrite 1, system-check 1",
        "  `switchback rules NAME` explains a rule, `switchback",
    ]


def test_passes_of_a_long_plan_share_a_line() -> None:
    """What needs no answer does not push the findings off the screen; ``--verbose`` lists every migration."""
    report = clean()
    [entry] = report.migrations
    failed = msgspec.structs.replace(entry, id=MigrationName("blog", "0012_bad"), verdict="failed")
    names = [MigrationName("blog", f"{number:04}_step") for number in range(1, 25)]
    passed = [msgspec.structs.replace(entry, id=name) for name in names]
    report = msgspec.structs.replace(report, migrations=(*passed[:11], failed, *passed[12:]))
    text = render(report, width=80, color=False)
    assert "passed 0001 to 0011 (11) 0.110 s  0.110 s  0.110 s" in text
    assert "FAILED 0012_bad          0.010 s" in text
    assert "0013_step" not in text
    assert render(report, width=80, color=False, verbose=True).count("_step") == 23


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("0001_add_a_column", 12, ["0001_add_a_", "column"]),
        ("in blog.0001_add_a_column and more", 12, ["in blog.", "0001_add_a_", "column and", "more"]),
        ("fits 0001_add", 12, ["fits", "0001_add"]),
        ("abcdefghijklmnop", 12, ["abcdefghijkl", "mnop"]),
    ],
)
def test_names_break_between_their_words(text: str, width: int, lines: list[str]) -> None:
    """A line ends within a name only if that is longer than a line, and then after an underscore or a dot."""
    shown = printed(lambda console: console.print(Padding(NameText(text), 0)), width=width, color=False)
    assert shown.splitlines() == lines


def test_few_warnings_are_shown_in_full() -> None:
    """So are those of a run with few findings, which needs no table."""
    text = render(with_warnings(4), width=100, color=False)
    assert text.count("It locks") == 4
    assert "All findings by rule" not in render(mixed(), width=100, color=False)


def test_migrations_with_one_reason_are_one_entry() -> None:
    """What keeps many migrations from being compared is told once; all their names under ``--verbose``."""
    report = mixed()
    entries = tuple(
        msgspec.structs.replace(entry, reason="it did not get there") for entry in report.migrations
    )
    names = [MigrationName("shop", f"{number:04}_step") for number in range(9)]
    skipped = tuple(msgspec.structs.replace(entries[-1], id=name) for name in names)
    report = msgspec.structs.replace(report, migrations=entries + skipped)
    text = render(report, width=200, color=False)
    assert text.count("it did not get there") == len({entry.verdict for entry in entries})
    assert "shop.0001_step and 7 more [postgresql-18]" in text
    assert "shop.0008_step [postgresql-18]" in render(report, width=500, color=False, verbose=True)


def test_a_pass_shows_the_time_of_the_step_that_proves_it() -> None:
    """A step that only edge rows make fail is repeated without them, and its warning says so."""
    report = clean()
    entry = report.migrations[0]
    forward = next(step for step in entry.steps if (step.phase, step.direction) == ("cycle", "forward"))
    failed = msgspec.structs.replace(forward, outcome="failed")
    entry = msgspec.structs.replace(entry, steps=(failed, *entry.steps))
    assert render(msgspec.structs.replace(report, migrations=(entry,)), width=80, color=False) == CLEAN


def test_a_failed_run_without_a_failed_migration_says_why() -> None:
    """What was skipped fails a run, as do findings about the project as a whole."""
    report = msgspec.structs.replace(clean(), verdict="failed")
    [entry] = report.migrations
    skipped = msgspec.structs.replace(entry, verdict="skipped", reason="it changed no row")
    text = render(msgspec.structs.replace(report, migrations=(skipped,)), width=80, color=False)
    assert "FAILED, by what was skipped: 1 migration" in text
    excused = msgspec.structs.replace(
        skipped, acknowledged=(Acknowledgement("irreversible", "meant", "settings"),)
    )
    text = render(msgspec.structs.replace(report, migrations=(excused,)), width=80, color=False)
    assert "FAILED, by what was skipped: 1 migration" in text, "that rule is not about skips"
    assert "FAILED, by the project as a whole: 1 migration" in render(report, width=80, color=False)


def test_lines_of_an_exception_are_told_once() -> None:
    """DETAIL and HINT stand in the sentence of the finding already; other lines follow it."""
    failure = Failure("DataError", "overflow\nLINE 1: SELECT\n\nDETAIL:  Too  large.")
    message = "It raises: DataError: overflow (DETAIL: Too large.)"
    failed = FailedStep(step(failure=failure), None)
    finding = Finding("r", "error", message, "cycle", fix="Change it.", exhibits=(failed,))
    [entry] = clean().migrations
    entries = (msgspec.structs.replace(entry, verdict="failed", findings=(finding,)),)
    text = render(msgspec.structs.replace(clean(), migrations=entries), width=80, color=False)
    assert text.count("DETAIL") == 1
    assert "    LINE 1: SELECT\n    Fix: Change it." in text
