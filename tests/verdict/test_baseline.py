"""A baseline: what it knows does not fail, what is new does, and nothing is hidden."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from rules.builders import (
    CHANGED,
    DATABASE,
    FIRST,
    LEFT_INDEX,
    LOST,
    REFUSED,
    REPEATED,
    TARGET,
    classified,
    compared,
    database,
    fact,
    log,
    project,
    sound,
    spoilt,
    started,
    step,
    stopping,
)

from django_switchback.evidence import (
    AnyRecord,
    KnownFinding,
    MigrationName,
    NotRun,
    RunFinished,
    SystemChecked,
)
from django_switchback.report.formats import github, gitlab, html, junit, markdown, sarif, terminal
from django_switchback.report.formats import json as json_report
from django_switchback.verdict.baseline import known_findings
from django_switchback.verdict.interface import Report, exit_status
from django_switchback.verdict.run_verdict import judge

CHECK = SystemChecked(DATABASE, "models.E001", 40, "Two models share a table.", "")
EDGE = (compared(rows=(CHANGED,)), classified("edge", about="restored"), *REPEATED)
LEFT = spoilt(compared(schema=(LEFT_INDEX,)))
LEFT_AND_LOST = spoilt(compared(schema=(LEFT_INDEX,), rows=(LOST,)))
IRREVERSIBLE = stopping(step(failure=REFUSED), classified("none"), step(phase="unwind", failure=REFUSED))
SKIPPED = log(NotRun(DATABASE, TARGET, "it needs blog.0001_initial, which could not be applied"))
OTHER = log(NotRun(DATABASE, TARGET, "no rows in any table"))


def baseline_of(records: tuple[AnyRecord, ...]) -> tuple[KnownFinding, ...]:
    """Return the baseline that knows what is found in ``records``."""
    report = judge(records)
    return known_findings(report.databases, report.migrations)


@pytest.mark.parametrize(
    "records",
    [LEFT, LEFT_AND_LOST, IRREVERSIBLE, SKIPPED, log(CHECK, *sound()), spoilt(*EDGE)],
    ids=["left", "left and lost", "irreversible", "skipped", "project", "warning"],
)
def test_what_is_known_does_not_fail(records: tuple[AnyRecord, ...]) -> None:
    """It is shown as known, the verdict of the migration stays, and the status is 0."""
    before, after = judge(records), judge(records, baseline_of(records))
    assert exit_status(after) == 0
    assert [entry.verdict for entry in after.migrations] == [entry.verdict for entry in before.migrations]
    states = {
        finding.baseline
        for findings in (entry.findings for group in (after.migrations, after.databases) for entry in group)
        for finding in findings
        if finding.severity != "info"
    }
    assert states <= {"known"}
    assert after.not_found == ()


@pytest.mark.parametrize(
    ("known", "records", "status"),
    [
        (log(*sound()), LEFT, 1),
        (LEFT, LEFT_AND_LOST, 1),
        (LEFT, IRREVERSIBLE, 1),
        (LEFT, SKIPPED, 1),
        (SKIPPED, OTHER, 0),
        (SKIPPED, LEFT, 1),
        (LEFT, log(CHECK, *sound()), 1),
        (LEFT_AND_LOST, LEFT, 0),
        (spoilt(*EDGE), spoilt(compared(rows=(CHANGED,))), 1),
        (spoilt(compared(rows=(CHANGED,))), spoilt(*EDGE), 0),
    ],
)
def test_what_is_new_fails(known: tuple[AnyRecord, ...], records: tuple[AnyRecord, ...], status: int) -> None:
    """So does what has become an error since; the reason of a skip does not matter."""
    assert exit_status(judge(records, baseline_of(known))) == status


def test_only_what_is_new_fails_beside_what_is_known() -> None:
    """Each finding is marked by itself."""
    (entry,) = judge(LEFT_AND_LOST, baseline_of(LEFT)).migrations
    states = {finding.rule: finding.baseline for finding in entry.findings}
    assert states == {"rollback-leaves-schema": "known", "rollback-loses-data": "new"}
    assert (entry.verdict, entry.baseline) == ("failed", "new")


def test_warnings_are_known_where_they_fail() -> None:
    """With ``--fail-on warning`` a known warning does not fail either."""
    records = (started(fail_on="warning"), *spoilt(*EDGE)[1:])
    assert exit_status(judge(records)) == 1
    assert exit_status(judge(records, baseline_of(records))) == 0


def test_an_unfinished_run_stays_unfinished() -> None:
    """A baseline excuses no missing evidence."""
    assert exit_status(judge(LEFT[:-1], baseline_of(LEFT))) == 3
    assert exit_status(judge(log(), baseline_of(LEFT))) == 3


def test_the_same_cause_is_known_on_another_database() -> None:
    """What was found on PostgreSQL alone is known on SQLite too; the entry names all engines that had it."""
    sqlite = tuple(
        msgspec.structs.replace(record, database="sqlite") if hasattr(record, "database") else record
        for record in LEFT
        if record not in LEFT[:3]
    )
    head = (started(), project(fact(FIRST), fact(), vendor="sqlite"), database("sqlite"))
    assert exit_status(judge((*head, *sqlite), baseline_of(LEFT))) == 0
    (entry,) = baseline_of((*LEFT[:-1], *head[1:], *sqlite))
    assert entry.engines == ("postgresql", "sqlite")


def test_the_log_keeps_the_baseline_of_its_run() -> None:
    """A report from the log is judged as the run was, unless another baseline is given."""
    records = (started(baseline=baseline_of(LEFT)), *LEFT[1:])
    assert exit_status(judge(records)) == 0
    assert exit_status(judge(records, ())) == 1


def test_what_was_not_found_any_more_is_listed() -> None:
    """Only where it would have been found: the migration has a verdict, on the engines that had it."""
    known = baseline_of(LEFT)
    gone = judge(log(*sound()), known)
    assert (gone.not_found, exit_status(gone)) == (known, 0)
    (notice,) = gone.notices
    assert "was not found any more: rollback-leaves-schema of blog.0002_add_slug. --write" in notice
    elsewhere = (
        msgspec.structs.replace(known[0], engines=("postgresql", "sqlite")),
        msgspec.structs.replace(known[0], migration="shop.0001_initial"),
    )
    assert judge(log(*sound()), elsewhere).not_found == ()
    assert judge(log(), known).not_found == ()


def test_a_long_list_is_cut_in_the_notice_alone() -> None:
    """The JSON report has all entries."""
    entries = tuple(KnownFinding("", "system-check", "error", (), "", str(number)) for number in range(30))
    gone = judge(log(*sound()), entries)
    assert "and 10 more." in gone.notices[0]
    assert len(json.loads(json_report.render(gone))["baseline"]["not_found"]) == 30


def known() -> Report:
    """Make a report with a known and a new finding."""
    return judge(LEFT_AND_LOST, baseline_of(LEFT))


def test_the_terminal_counts_and_shows_what_is_known() -> None:
    """Known findings come after new ones, with their message; ``--verbose`` shows the rest too."""
    shown = terminal.render(known(), width=200, color=False)
    new, old = shown.index("error  rollback-loses-data"), shown.index("error, known  rollback-leaves-schema")
    assert new < old
    assert "Known: listed in the baseline" in shown[old:]
    assert "Fix:" not in shown[old:]
    assert "1 error, 1 known" in shown
    assert terminal.render(known(), width=200, color=False, verbose=True).count("Fix:") == 2


def test_many_known_findings_are_a_line_of_the_table() -> None:
    """A project with a history has hundreds: they are counted by rule, and shown with ``--verbose``."""
    names = tuple(MigrationName("blog", f"000{number}_old") for number in range(2, 9))
    records = [
        msgspec.structs.replace(record, migration=name)
        for name in names
        for record in LEFT
        if hasattr(record, "migration")
    ]
    head = (started(), project(fact(FIRST), *map(fact, names)), database(targets=names))
    logged = (*head, *(record for record in LEFT[3:] if not hasattr(record, "migration")), *records)
    logged = (*(record for record in logged if not isinstance(record, RunFinished)), RunFinished(1.0))
    found = judge(logged, baseline_of(logged))
    assert exit_status(found) == 0
    shown = terminal.render(found, width=200, color=False)
    assert "error, known" not in shown
    assert re.search(r"known +rollback-leaves-schema +7 +blog\.0002_old", shown)
    assert terminal.render(found, width=200, color=False, verbose=True).count("error, known") == len(names)


def test_the_json_report_marks_findings_and_migrations() -> None:
    """Fields are added; without a baseline they are null."""
    written = json.loads(json_report.render(known()))
    assert written["baseline"] == {"entries": 1, "not_found": []}
    assert [finding["baseline"] for finding in written["migrations"][0]["findings"]] == ["known", "new"]
    assert written["migrations"][0]["baseline"] == "new"
    plain = json.loads(json_report.render(judge(LEFT)))
    assert plain["baseline"] is None
    assert plain["migrations"][0]["findings"][0]["baseline"] is None


def test_sarif_has_the_state_of_the_standard() -> None:
    """``baselineState`` is new or unchanged."""
    results = json.loads(sarif.render(known()))["runs"][0]["results"]
    states = {result["ruleId"]: result.get("baselineState") for result in results}
    assert states == {"rollback-leaves-schema": "unchanged", "rollback-loses-data": "new"}
    assert "baselineState" not in sarif.render(judge(LEFT))


def test_other_formats_show_what_is_known_below_a_failure() -> None:
    """JUnit counts no failure, GitHub shows a notice, GitLab an info, pages say that it is known."""
    found = known()
    assert junit.render(found).count("<failure ") == 1
    assert "error, known: rollback-leaves-schema" in junit.render(found)
    assert "::notice file=" in github.render(found)
    severities = {issue["check_name"]: issue["severity"] for issue in json.loads(gitlab.render(found))}
    assert severities == {"rollback-leaves-schema": "info", "rollback-loses-data": "critical"}
    assert "**error, known** `rollback-leaves-schema`" in markdown.render(found)
    assert "Known: listed in the baseline" in html.render(found)
    assert "This release brings no new finding" in html.render(judge(LEFT, baseline_of(LEFT)))


def test_an_acknowledged_finding_is_not_in_the_baseline() -> None:
    """It is answered already; an entry that is there all the same is not listed as gone."""
    acknowledged = (
        started(acknowledged={str(TARGET): {"rollback-leaves-schema": "known"}}),
        *LEFT[1:],
    )
    assert baseline_of(acknowledged) == ()
    assert judge(acknowledged, baseline_of(LEFT)).not_found == ()


def test_a_skip_that_is_gone_is_listed() -> None:
    """A migration that is rehearsed again needs its entry no more."""
    assert [entry.rule for entry in judge(log(*sound()), baseline_of(SKIPPED)).not_found] == ["skipped"]
