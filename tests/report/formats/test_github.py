"""Annotations for GitHub: on the migration's line, worst first, ten a level, whatever the text holds."""

from __future__ import annotations

import re

import pytest
from rules.builders import DATABASE, FIRST, database, fact, log, project, started, step

from django_switchback.evidence import Failure, MigrationName
from django_switchback.report.formats.github import LEVELS, MAX_ANNOTATIONS, render
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from report.reports import clean, hostile, mixed

COMMAND = re.compile(r"::(?P<level>\w+) (?P<properties>[^:]*)::(?P<message>.*)")
"""A command as GitHub's runner reads it: properties up to the next two colons, then the message."""


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """Return level, properties and message of each line."""
    found = []
    for line in render(report).splitlines():
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        properties = dict(part.split("=", 1) for part in match["properties"].split(","))
        found.append((match["level"], properties, match["message"]))
    return found


def failing(count: int, *, folder: str = "") -> Report:
    """Make a report with ``count`` migrations that cannot be applied."""
    names = [MigrationName("blog", f"{number:04}_step") for number in range(2, count + 2)]
    facts = [fact(name, dependencies=(FIRST,), line=12) for name in names]
    head = (started(folder=folder), project(fact(FIRST), *facts), database(targets=tuple(names)))
    raised = Failure("ValueError", "no")
    return judge(log(*(step("forward", migration=name, failure=raised) for name in names), begin=head))


def test_the_whole_report() -> None:
    """Errors come first, what is skipped is a warning, what is acknowledged a notice; notes are left out."""
    told = [(level, properties["file"], properties["title"]) for level, properties, _ in commands(mixed())]
    target = "blog/migrations/0002_add_slug.py"
    assert told == [
        ("error", target, f"rollback-leaves-schema%3A blog.0002_add_slug ({DATABASE})"),
        ("error", target, f"rollback-loses-data%3A blog.0002_add_slug ({DATABASE})"),
        ("warning", "manage.py", f"system-check%3A the project as a whole ({DATABASE})"),
        ("warning", "shop/migrations/0001_initial.py", f"skipped%3A shop.0001_initial ({DATABASE})"),
        ("notice", "blog/migrations/0003_add_tag.py", f"irreversible%3A blog.0003_add_tag ({DATABASE})"),
        ("notice", "blog/migrations/0003_add_tag.py", f"passed%3A blog.0003_add_tag ({DATABASE})"),
    ]


def test_a_message_says_what_to_do() -> None:
    """The message, the fix and the commands, as lines of one annotation."""
    message = commands(mixed())[1][2].split("%0A")
    assert message[0].startswith("Rolling back blog.0002_add_slug changes 2 rows")
    assert message[1].startswith("Fix: ")
    assert message[-1] == "python manage.py migrate blog 0001_initial"


def test_a_path_begins_at_the_root_of_the_repository() -> None:
    """GitHub finds no file by a path from the project's folder."""
    (_, properties, _), *_ = commands(failing(1, folder="backend/site"))
    assert properties["file"] == "backend/site/blog/migrations/0002_step.py"
    assert properties["line"] == "12"


@pytest.mark.parametrize("count", [MAX_ANNOTATIONS, MAX_ANNOTATIONS + 1, 25])
def test_the_last_of_ten_counts_the_rest(count: int) -> None:
    """GitHub drops what is more than ten of a level without a word."""
    errors = [entry for entry in commands(failing(count)) if entry[0] == "error"]
    assert len(errors) == MAX_ANNOTATIONS
    more = [message for *_, message in errors if "more of level error" in message]
    assert more == ([] if count <= MAX_ANNOTATIONS else [f"{count - 9} more of level error: see the report"])


def test_a_sound_run_has_no_annotations() -> None:
    """Silence beside a passed check."""
    assert render(clean()) == ""


def test_hostile_text_makes_no_command_of_its_own() -> None:
    """Each line is one command of ours, without escape sequences; properties end where ours end."""
    told = commands(hostile())
    assert {level for level, *_ in told} <= set(LEVELS.values())
    assert all(properties.keys() == {"file", "line", "title"} for _, properties, _ in told)
    assert not set("\x1b\u202e\u2028\r") & set(render(hostile()))
