"""What counts as a find and as a false alarm in the comparison with other tools."""

from __future__ import annotations

import ast

import pytest

from peers.counts import Answers, Score, Subject, count, wrong
from peers.page import Column, rewritten
from peers.subjects import with_keywords
from peers.tools import TOOLS

SOUND, HAZARD = False, True


def subject(app: str, hazard: bool, group: str = "deploy window", rule: str = "blocking-lock") -> Subject:
    return Subject(
        "project", app, group, rule, hazard, "0001_initial", "0002_target", frozenset({"AddField"})
    )


SUBJECTS = (
    subject("named", HAZARD),
    subject("named_otherwise", HAZARD),
    subject("overlooked", HAZARD),
    subject("quiet", SOUND),
    subject("accused", SOUND),
    subject("accused_of_another_group", SOUND),
    subject("left_out", HAZARD),
    subject("left_out_too", SOUND),
)
FOUND = {
    "named": {"lock"},
    "named_otherwise": {"loss"},
    "accused": {"lock"},
    "accused_of_another_group": {"loss"},
    "left_out": {"lock"},
}
ANSWERS = Answers(
    finds=FOUND,
    alarms=FOUND,
    groups={"lock": {"deploy window"}, "loss": {"rollback"}},
    judged={each.app for each in SUBJECTS if not each.app.startswith("left_out")},
)


def test_counts() -> None:
    """A find counts whatever it names, an alarm if it is about the group; what is not judged is neither."""
    assert count(SUBJECTS, ANSWERS) == Score(found=2, hazards=3, false=1, sound=3, not_judged=2)
    assert wrong(SUBJECTS, ANSWERS) == ["missed overlooked", "false alarm accused: lock"]


def test_warnings_of_a_tool_are_no_false_alarms() -> None:
    """What a tool says as a hint finds hazards, and accuses nothing."""
    hints = ANSWERS._replace(alarms={})
    assert count(SUBJECTS, hints) == Score(found=2, hazards=3, false=0, sound=3, not_judged=2)


def test_table() -> None:
    """Each group is a line with its hazards and sound migrations; a group that is not judged says so."""
    others = (subject("undone", HAZARD, "rollback", "rollback-fails"),)
    page = "above <!-- peers:start -->old<!-- peers:end --> below"
    columns = [Column("Tool", "1.2", ANSWERS, 3.4)]
    assert rewritten(page, (*SUBJECTS, *others), columns, "Django 5.2") == (
        "above <!-- peers:start -->\n"
        "| | hazards, sound | Tool |\n"
        "|---|---|---|\n"
        "| deploy window | 4, 4 | 2 of 3, 1 false of 3 |\n"
        "| rollback | 1, 0 | not judged |\n"
        "| seconds | | 3 |\n"
        "| version | | 1.2 |\n"
        "\nDjango 5.2.\n<!-- peers:end --> below"
    )


def test_page_without_markers() -> None:
    """A page without a place for the table is refused."""
    with pytest.raises(ValueError, match="expected the markers"):
        rewritten("no place", SUBJECTS, [], "Django")


def test_arguments_become_keywords() -> None:
    """Arguments by position get the names that Django gives them; those of other calls stay."""
    source = 'operations = [migrations.AddField("note", "size", field), migrations.RunSQL(*both), other(1)]\n'
    assert ast.unparse(ast.parse(with_keywords(source))) == (
        "operations = [migrations.AddField(model_name='note', name='size', field=field), "
        "migrations.RunSQL(*both), other(1)]"
    )


def test_what_is_not_judged() -> None:
    """Hand-written SQL and Python are judged by those alone that read them."""
    by_hand = subject("sql", HAZARD)._replace(kinds=frozenset({"RunSQL"}))
    python = subject("python", HAZARD)._replace(kinds=frozenset({"RunPython"}))
    judged = {
        name: [tool.judges(each) for each in (SUBJECTS[0], by_hand, python)] for name, tool in TOOLS.items()
    }
    assert judged == {
        "Switchback": [True, True, True],
        "django-deferred-migrations": [True, False, False],
        "squawk": [True, True, False],
        "pytest-mrt": [False, False, False],
    }
