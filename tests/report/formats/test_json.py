"""The JSON report: the contract, field by field, and its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from rules.builders import TARGET

from django_switchback.evidence import (
    BelongsToServer,
    Confirmed,
    Difference,
    Failure,
    LiveModelsUsed,
    LiveModelUse,
    MigrationChanged,
    MinimalRowsFound,
    ModelsDrifted,
    NewCodeTried,
    NotCleanedUp,
    OldCodeInDeployWindow,
    OldCodeTried,
    Operation,
    Phase,
    Record,
    ReleaseMigration,
    RowDifference,
    ScenarioRan,
    ScratchFinished,
    SeededRow,
    StepFinished,
    SystemChecked,
    TouchedElsewhere,
    TwoReleases,
    WorkMeasured,
)
from django_switchback.report.formats.json import render, schema
from django_switchback.report.formats.json_types import ReportJson
from django_switchback.rules import exhibits
from django_switchback.rules.exhibits import Exhibit
from django_switchback.rules.interface import Finding
from django_switchback.verdict.interface import Report
from report.reports import clean, hostile, mixed

PUBLISHED = Path(__file__).parents[3] / "docs" / "report.schema.json"

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
        found = [item[name] for item in found if isinstance(item, dict)]
        found = [inner for item in found for inner in (item if isinstance(item, list) else [item])]
    return [item for item in found if isinstance(item, dict)]


@pytest.mark.parametrize("path", CONTRACT)
def test_every_field_of_the_contract_is_there(path: str) -> None:
    """No field is renamed or removed; each stands in each object, empty or not."""
    objects = parts(json.loads(render(mixed())), path)
    assert objects
    assert all(CONTRACT[path] <= item.keys() for item in objects)


def test_values_are_those_of_the_contract() -> None:
    """Verdicts, version and identity as other programs read them."""
    report = json.loads(render(mixed()))
    assert (report["schema_version"], report["verdict"]) == (1, "failed")
    assert report["tool"] == {"name": "django-switchback", "version": "0.1.0"}
    assert [(item["app"], item["name"], item["verdict"]) for item in report["migrations"]] == [
        ("blog", "0002_add_slug", "failed"),
        ("blog", "0003_add_tag", "passed"),
        ("shop", "0001_initial", "skipped"),
    ]
    assert report["migrations"][1]["acknowledged"] == [
        {
            "rule": "irreversible",
            "reason": "by backup, see the runbook",
            "source": "docstring",
            "content": "",
            "until": "",
        }
    ]
    assert report["migrations"][2]["coverage"] is None


@pytest.mark.parametrize("report", [mixed(), clean(), hostile()])
def test_a_report_keeps_to_its_schema(report: Report) -> None:
    """What is written can be read back by the types that the published schema is made from."""
    msgspec.json.decode(render(report).encode(), type=ReportJson)


FAILURE: dict[str, object] = {
    "type": "E",
    "message": "no",
    "sqlstate": None,
    "traceback": "tb",
    "operation": None,
}
FAILURE |= {"irreversible": False, "replaced": "", "of_server": "", "doubt": ""}
FAILURE |= {"swallowed": False, "statement": ""}
DIFFERENCE: dict[str, object] = {
    "kind": "index",
    "name": "i",
    "change": "extra",
    "table": "t",
    "attribute": None,
}
DIFFERENCE |= {"before": None, "after": None, "same_storage": False}
ROWS = {
    "table": "t",
    "lost": 1,
    "added": 0,
    "changed": 0,
    "columns": [],
    "examples": [],
    "refers": {},
    "alias": "",
}
RAISED = Failure("E", "no", traceback="tb")
LEFT = Difference("index", "i", "extra", "t")
LOST = RowDifference("t", lost=1)
STEP = StepFinished("d", "p", TARGET, "unwind", "forward", "edge", "failed", 1.5, 3, RAISED)
ROW = SeededRow("t", "before", ("id",), {"id": "1"})


def without_part(record: Record) -> dict[str, object]:
    """Return the fields of ``record`` but the part of the plan, which means nothing to a reader."""
    return {name: value for name, value in json.loads(msgspec.json.encode(record)).items() if name != "part"}


MINIMAL_ROWS = MinimalRowsFound(
    "d", TARGET, "cycle", "rollback", "step", 9, (ROW,), "def test(): ...", 4, 0.5, True
)
WHOLE: tuple[tuple[Exhibit, dict[str, object]], ...] = tuple(
    (record, {key: [without_part(record)]})
    for key, record in (
        ("attempts", OldCodeTried("d", TARGET, "t", "insert", RAISED)),
        ("attempts", NewCodeTried("d", TARGET, "t", "insert", RAISED, sequence="t_id_seq")),
        ("attempts", OldCodeInDeployWindow("d", TARGET, "t", "insert", RAISED, sql="INSERT")),
        ("scenarios", ScenarioRan("d", TARGET, "after", "f", "f.py", 1, 0.5, RAISED)),
        ("checks", SystemChecked("d", "a.E1", 40, "m")),
        ("of_server", BelongsToServer("d", TARGET, "cycle", "forward", "role r")),
    )
)
"""Records that are written as they are in the evidence log, without the part of the plan."""
FLAT: tuple[tuple[Exhibit, dict[str, object]], ...] = (
    (
        exhibits.FailedStep(STEP, None),
        {"direction": "reapply", "outcome": "failed", "seconds": 1.5}
        | {"rows_on_board": "edge", "rows_needed": None, "exception": FAILURE},
    ),
    (exhibits.RowsPresent("new", "typical"), {"rows_on_board": "new", "rows_needed": "typical"}),
    (
        exhibits.RowsPresent("new", "typical", by_elimination=True),
        {"rows_on_board": "new", "rows_needed": "typical", "rows_by_elimination": True},
    ),
    (
        WorkMeasured(database="d", migration=TARGET, direction="forward", rows={"t": 600}),
        {"work": [{"direction": "forward", "rows": {"t": 600}, "statements": []}]},
    ),
    (exhibits.SchemaDifferences((LEFT,)), {"differences": [DIFFERENCE]}),
    (exhibits.DriftedSchema(None, (LEFT,)), {"app": None, "differences": [DIFFERENCE]}),
    (exhibits.RowDifferences((LOST,)), {"rows": [ROWS]}),
    (exhibits.RowDifferences((), by_nature=True), {"rows": [], "by_nature": True}),
    (exhibits.OtherPhase("unwind", "no"), {"also": [{"phase": "unwind", "message": "no"}]}),
    (exhibits.ConflictingLeaves("a", ("b", "c")), {"app": "a", "leaves": ["b", "c"]}),
    (
        TwoReleases("d", TARGET, (ReleaseMigration("Add it.", "0002_expand", "code"),)),
        {"migrations": [{"task": "Add it.", "name": "0002_expand", "code": "code"}]},
    ),
    (
        LiveModelsUsed("d", TARGET, (LiveModelUse("Post", "fill", "a.py", 3),)),
        {"uses": [{"used": "Post", "function": "fill", "path": "a.py", "line": 3}]},
    ),
    (
        MigrationChanged(TARGET, "deleted", "blog/migrations/0002_x.py", "main", "c0ffee"),
        {"change": "deleted", "path": "blog/migrations/0002_x.py", "since": "main", "base": "c0ffee"},
    ),
    (
        exhibits.StaleAcknowledgement("a.b", "irreversible", "why", "docstring"),
        {"migration": "a.b", "rule": "irreversible", "reason": "why", "source": "docstring"},
    ),
    (
        Confirmed("d", TARGET, "cycle", "rollback", "migrate", True, 1, "no"),
        {"plain_django": {"status": 1, "output": "no"}},
    ),
    (
        MINIMAL_ROWS,
        {
            "smallest": {
                "rows": [{"table": "t", "written": "before", "columns": ["id"], "values": {"id": "1"}}],
                "on_board": 9,
                "trials": 4,
                "complete": True,
                "test": "def test(): ...",
            }
        },
    ),
    (ScratchFinished("d", 1.0, 2), {"migration": None}),
    (
        ScratchFinished("d", 1.0, 2, TARGET, RAISED),
        {"migration": "blog.0002_add_slug", "exception": FAILURE},
    ),
    (ModelsDrifted("d", "a", True, ("x",)), {"app": "a", "first_party": True, "operations": ["x"]}),
    (NotCleanedUp("d", "n", "why", "drop"), {"name": "n", "command": "drop"}),
    (Operation("RunSQL", "s", True), {"operations": ["s"]}),
    (
        TouchedElsewhere("d", "step", "host", "h", True, TARGET, "f.py:1"),
        {"touched": [{"kind": "host", "address": "h", "refused": True, "place": "f.py:1"}]},
    ),
    *WHOLE,
)
"""Exhibits, each with the part of the JSON evidence that other programs read."""


def flattened(*shown: Exhibit, phases: tuple[Phase, ...] = ()) -> object:
    """Return the JSON evidence of a finding with these exhibits."""
    finding = Finding("rule", "error", "message", "cycle", "fix", phases=phases, exhibits=shown)
    (entry, *_) = clean().migrations
    report = msgspec.structs.replace(
        clean(), migrations=(msgspec.structs.replace(entry, findings=(finding,)),)
    )
    return json.loads(render(report))["migrations"][0]["findings"][0]["evidence"]


@pytest.mark.parametrize(("exhibit", "expected"), FLAT)
def test_each_exhibit_has_its_keys(exhibit: Exhibit, expected: dict[str, object]) -> None:
    """What a finding shows is written under the keys of the contract, in their order."""
    shown = flattened(exhibit)
    assert shown == expected
    assert isinstance(shown, dict)
    assert list(shown) == list(expected)


def test_every_kind_of_exhibit_is_tried() -> None:
    """A new kind of exhibit has an example above."""
    assert {type(exhibit) for exhibit, _ in FLAT} == set(get_args(Exhibit))


def test_exhibits_of_a_kind_are_one_list() -> None:
    """Several records of one kind are items of one list, beside the phases."""
    first, second = (SystemChecked("d", name, 40, "m") for name in ("a.E1", "a.E2"))
    expected = {"phases": ["cycle", "unwind"], "checks": [without_part(first), without_part(second)]}
    assert flattened(first, second, phases=("cycle", "unwind")) == expected


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
