"""The rules of hygiene: how migrations are written, beside what a rehearsal of them showed."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec
import pytest

from django_switchback.evidence import (
    AnyRecord,
    Failure,
    LiveModelsUsed,
    LiveModelUse,
    MigrationChanged,
    MigrationName,
    Operation,
    RunFinished,
)
from django_switchback.report.formats import json as json_report
from django_switchback.rules.interface import Finding
from django_switchback.verdict.interface import exit_status
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    DATABASE,
    FIRST,
    LOST,
    TARGET,
    classified,
    compared,
    covered,
    database,
    fact,
    log,
    operation,
    project,
    sound,
    started,
    step,
    steps,
)

USE = LiveModelUse("Post.objects", "fill", "blog/migrations/0002_add_slug.py", 7)


def warnings(records: tuple[AnyRecord, ...]) -> list[Finding]:
    """Return the warnings about migrations."""
    entries = judge(records).migrations
    return [finding for entry in entries for finding in entry.findings if finding.severity == "warning"]


def test_live_models_are_told_with_their_places() -> None:
    """One warning, which names each use once; the JSON report has them as values."""
    used = LiveModelsUsed(DATABASE, TARGET, (USE,))
    records = log(*sound(), used, used)
    (finding,) = warnings(records)
    assert (finding.rule, finding.message) == (
        "live-model-import",
        (
            "blog.0002_add_slug uses models as they are now, not as they were at that point of the history: "
            "Post.objects in fill (blog/migrations/0002_add_slug.py:7)."
        ),
    )
    written = json.loads(json_report.render(judge(records)))
    assert written["migrations"][0]["findings"][0]["evidence"]["uses"] == [
        {"used": USE.used, "function": USE.function, "path": USE.path, "line": USE.line}
    ]


OLD = MigrationName("blog", "0002_old")


def changed(
    migration: MigrationName = TARGET,
    change: Literal["edited", "deleted", "renamed"] = "edited",
    **fields: Any,
) -> MigrationChanged:
    """Make the record of a change since ``main``."""
    return MigrationChanged(migration, change, f"blog/{migration.name}.py", "main", "c0ffee", **fields)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (changed(), "blog.0002_add_slug was edited, and main has it already."),
        (
            changed(OLD, "renamed", renamed_to=TARGET),
            "blog.0002_old was renamed to blog.0002_add_slug, and",
        ),
    ],
)
def test_a_target_that_the_ref_has_in_another_form_fails(record: MigrationChanged, said: str) -> None:
    """An error on the target, once, with the command that restores it; it can be acknowledged."""
    report = judge((record, record, *log(*sound())))
    (finding,) = report.migrations[0].findings
    assert (finding.rule, finding.severity, exit_status(report)) == ("edited-migration", "error", 1)
    assert finding.message.startswith(said)
    assert f"git checkout c0ffee -- {record.path}" in finding.fix
    assert report.databases[0].findings == ()


def test_a_migration_that_is_gone_is_told_of_the_project() -> None:
    """There is no target to tell it of; two of them have causes of their own."""
    other = MigrationName("blog", "0003_old")
    report = judge((changed(OLD, "deleted"), changed(other, "deleted"), *log(*sound())))
    written = json.loads(json_report.render(report))["databases"][0]["findings"]
    assert [finding["rule"] for finding in written] == ["edited-migration"] * 2
    assert len({finding["cause"] for finding in written}) == 2
    assert report.migrations[0].findings == ()
    assert exit_status(report) == 1


UNKNOWN = Failure(
    "django.db.utils.ProgrammingError", "no such function", "42883", operation="p Raw Python operation"
)
CODE = operation(description="p Raw Python operation", data=True)


def on_both(*postgresql: AnyRecord) -> tuple[AnyRecord, ...]:
    """Make the log of a target that is sound on SQLite, and took ``postgresql`` on PostgreSQL."""
    facts = (fact(FIRST), fact(operations=(CODE,)))
    sqlite = (
        msgspec.structs.replace(record, database="sqlite") if hasattr(record, "database") else record
        for record in sound()
    )
    return (
        *log(*postgresql, begin=(started(), project(*facts), database()))[:-1],
        project(*facts, vendor="sqlite"),
        database("sqlite"),
        *sqlite,
        RunFinished(1.0),
    )


def failing(failure: Failure) -> tuple[AnyRecord, ...]:
    """Make the steps of a target whose first application raises."""
    return (step("forward", failure=failure), classified("none", "forward"))


def test_sql_that_one_engine_does_not_know_is_told_beside_the_error() -> None:
    """The error stays; the warning names the database on which the migration works."""
    report = judge(on_both(*failing(UNKNOWN)))
    found = {entry.database: {finding.rule for finding in entry.findings} for entry in report.migrations}
    assert found == {DATABASE: {"forward-fails", "unguarded-vendor-sql"}, "sqlite": set()}
    (warning,) = warnings(on_both(*failing(UNKNOWN)))
    assert "works on sqlite and fails here, in p Raw Python operation" in warning.message


@pytest.mark.parametrize(
    "failure",
    [
        msgspec.structs.replace(UNKNOWN, sqlstate="22001"),
        msgspec.structs.replace(UNKNOWN, sqlstate=None),
        msgspec.structs.replace(UNKNOWN, operation="Add field slug to post"),
    ],
    ids=["a value", "no database error", "an operation of Django"],
)
def test_what_fails_on_one_engine_for_another_reason_is_no_vendor_sql(failure: Failure) -> None:
    """Values, errors of Python and Django's own operations: the error alone says it."""
    assert warnings(on_both(*failing(failure))) == []


def test_what_fails_everywhere_is_no_vendor_sql() -> None:
    """Nothing is known of an engine on which it works, nor where there is no other engine."""
    assert (
        warnings(log(*failing(UNKNOWN), begin=(started(), project(fact(operations=(CODE,))), database())))
        == []
    )


REMOVE = operation(
    "RemoveField", description="- Remove field slug from post", reversible=True, destructive=True
)


def undocumented(
    *operations: Operation, docstring: str = "", touched: tuple[str, ...] = ("blog_post",)
) -> list[str]:
    """Return the warnings about a sound target with ``operations``."""
    target = fact(operations=operations, docstring=docstring)
    begin = (started(), project(fact(FIRST), target), database())
    return [found.message for found in warnings(log(*sound()[:-1], covered(touched=touched), begin=begin))]


def test_what_cannot_be_undone_asks_for_a_docstring() -> None:
    """Destructive and irreversible operations are named; a docstring, or no table at all, is enough."""
    (both,) = undocumented(REMOVE, operation())
    assert both == (
        "blog.0002_add_slug removes data with RemoveField (Remove field slug from post) and cannot reverse "
        "RunPython (Raw Python operation), and has no docstring that says so."
    )
    assert undocumented(REMOVE, docstring="Slugs go; a rollback brings them back empty.") == []
    assert undocumented(REMOVE, touched=()) == []
    assert undocumented(operation("AddField", reversible=True)) == []


def test_a_loss_asks_for_a_docstring() -> None:
    """Whatever the operations are, what the rehearsal saw lost is a risk; what drops by nature is none."""
    begin = (started(), project(fact(FIRST), fact(docstring="")), database())
    lost = log(*steps(), compared(rows=(LOST,)), compared("reapplied"), covered(), begin=begin)
    (finding,) = warnings(lost)
    assert "loses data when it is rolled back, and has no docstring" in finding.message
    nature = log(*steps(), compared(dropped_by_nature=(LOST,)), compared("reapplied"), covered(), begin=begin)
    assert warnings(nature) == []
