"""What the old release cannot do on the new schema, and what to write instead."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from django_switchback.evidence import OldCodeInDeployWindow, ReleaseMigration, TwoReleases
from django_switchback.rules.deploy_window.old_code_breaks import GENERAL_FIX, SLUG
from django_switchback.rules.interface import Finding
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, RAISED, TARGET, covered, log, sound

SQL = 'INSERT INTO "blog_post" ("title") VALUES (%s)'
BY_TRIGGER = msgspec.structs.replace(RAISED, doubt="trigger")


def tried(**changes: Any) -> OldCodeInDeployWindow:
    """Make the record of an insert that raised."""
    return msgspec.structs.replace(
        OldCodeInDeployWindow(DATABASE, TARGET, "blog_post", "insert", RAISED, sql=SQL), **changes
    )


def found(*records: OldCodeInDeployWindow | TwoReleases) -> list[Finding]:
    """Return the rule's findings on a target that is sound otherwise."""
    (migration,) = judge(log(*sound(), *records)).migrations
    return [finding for finding in migration.findings if finding.rule == SLUG]


@pytest.mark.parametrize(
    ("records", "severity", "told"),
    [
        ((tried(),), "warning", "the old release, which still runs, cannot insert into blog_post: "),
        ((tried(),), "warning", f", in {SQL}"),
        (
            (tried(), tried(statement="select"), tried(statement="delete", table="blog_tag")),
            "warning",
            "cannot insert into and read blog_post, and delete from blog_tag: ",
        ),
        ((tried(written="after"),), "warning", "Only rows that the new release has written show it"),
        ((tried(row_kind="edge"),), "warning", "Only values at the limits of the old columns show it"),
        ((tried(failure=BY_TRIGGER),), "info", "A trigger or rule of the database refuses it"),
        ((tried(failure=None, read_as_none=("rank",)),), "warning", "it reads None from rank"),
    ],
)
def test_told(records: tuple[OldCodeInDeployWindow, ...], severity: str, told: str) -> None:
    """The finding names statements, tables, the error and the SQL; it is a note where it may be meant."""
    (finding,) = found(*records)
    assert finding.severity == severity
    assert told in finding.message


@pytest.mark.parametrize(
    "record", [tried(before=RAISED), tried(failure=None), tried(failure=None, untried="no row")]
)
def test_silent(record: OldCodeInDeployWindow) -> None:
    """What failed before the target too, what works and what could not be tried is no finding."""
    assert found(record) == []


def test_fix() -> None:
    """The fix tells what each release does, and where the migrations are to be seen."""
    assert found(tried())[0].fix == GENERAL_FIX
    migrations = (
        ReleaseMigration("Add it first.", "0002_expand", "code"),
        ReleaseMigration("Then remove it."),
    )
    (finding,) = found(tried(), TwoReleases(DATABASE, TARGET, migrations))
    assert finding.fix == "Add it first. Then remove it."


def test_required() -> None:
    """A statement that was tried and is not in the evidence keeps the target from passing."""
    known = covered(new_code=("blog_post",), deploy_window={"blog_post": ("insert", "select")})
    (entry,) = judge(log(*sound()[:-1], known, tried(failure=None))).migrations
    assert entry.verdict == "error"
    assert "the old release's select on blog_post in the deploy window" in str(entry.reason)
