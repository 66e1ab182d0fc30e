"""The JSON report: the contract, field by field, and its published schema."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from django_switchback.report.json import ReportJson, render, schema
from django_switchback.verdict import Report
from report.reports import clean, hostile, mixed

PUBLISHED = Path(__file__).parents[2] / "docs" / "report.schema.json"

CONTRACT = {
    "": {"schema_version", "verdict", "tool", "run", "databases", "migrations"},
    "tool": {"name", "version"},
    "run": {"id", "seed", "started", "seconds", "project", "settings"},
    "databases": {"name", "engine", "version", "scratch", "findings"},
    "databases.scratch": {"verdict", "seconds", "migrations"},
    "migrations": {
        "database",
        "app",
        "name",
        "path",
        "verdict",
        "reason",
        "acknowledged",
        "steps",
        "coverage",
        "findings",
    },
    "migrations.acknowledged": {"rule", "reason", "source"},
    "migrations.steps": {"phase", "direction", "seconds", "queries", "outcome"},
    "migrations.coverage": {"tables", "seeded"},
    "migrations.findings": {
        "rule",
        "severity",
        "message",
        "phase",
        "confirmed",
        "evidence",
        "fix",
        "reproduce",
        "setup",
        "acknowledged",
    },
}
"""Every field that other programs rely on."""


def parts(value: object, path: str) -> list[dict[str, object]]:
    """Return every object that stands at ``path``."""
    found = [value]
    for name in filter(None, path.split(".")):
        found = [one[name] for one in found if isinstance(one, dict)]
        found = [inner for one in found for inner in (one if isinstance(one, list) else [one])]
    return [one for one in found if isinstance(one, dict)]


@pytest.mark.parametrize("path", CONTRACT)
def test_every_field_of_the_contract_is_there(path: str) -> None:
    """No field is renamed or removed; each stands in each object, empty or not."""
    objects = parts(json.loads(render(mixed())), path)
    assert objects
    assert all(CONTRACT[path] <= one.keys() for one in objects)


def test_values_are_those_of_the_contract() -> None:
    """Verdicts, version and identity as other programs read them."""
    report = json.loads(render(mixed()))
    assert (report["schema_version"], report["verdict"]) == (1, "failed")
    assert report["tool"] == {"name": "django-switchback", "version": "0.1.0"}
    assert [(one["app"], one["name"], one["verdict"]) for one in report["migrations"]] == [
        ("blog", "0002_add_slug", "failed"),
        ("blog", "0003_add_tag", "passed"),
        ("shop", "0001_initial", "skipped"),
    ]
    assert report["migrations"][1]["acknowledged"] == [
        {"rule": "irreversible", "reason": "by backup, see the runbook", "source": "docstring"}
    ]
    assert report["migrations"][2]["coverage"] is None


@pytest.mark.parametrize("report", [mixed(), clean(), hostile()])
def test_a_report_keeps_to_its_schema(report: Report) -> None:
    """What is written can be read back by the types that the published schema is made from."""
    msgspec.json.decode(render(report).encode(), type=ReportJson)


def test_the_published_schema_is_the_programs() -> None:
    """``docs/report.schema.json`` is what the types say; write ``schema()`` there after a change."""
    assert PUBLISHED.read_text(encoding="utf-8") == schema()


def test_the_same_report_gives_the_same_text() -> None:
    """Two reports on the same evidence are equal to the byte."""
    assert render(mixed()) == render(mixed())


def test_hostile_text_is_escaped_and_kept() -> None:
    """A terminal that shows the file obeys nothing in it, and a program reads the text as it was."""
    text = render(hostile())
    assert not {"\x1b", "\u202e", "\u2028"} & set(text)
    assert "\u202e\u2028" in json.loads(text)["run"]["project"]
