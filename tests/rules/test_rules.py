"""For each rule a log that it alone must speak of, and a near miss and a clean twin that leave it silent."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import pytest
from msgspec.structs import replace

from django_switchback.evidence import (
    AnyRecord,
    Difference,
    Failure,
    ModelsDrifted,
    NewCodeTried,
    OldCodeTried,
    RowDifference,
    SchemaDrifted,
    ScratchFinished,
    SystemChecked,
)
from django_switchback.rules.exhibits import OtherPhase
from django_switchback.rules.interface import Finding, of_type
from django_switchback.rules.registry import BY_SLUG, RULES
from django_switchback.verdict.run_verdict import judge
from rules.builders import (
    ADDED,
    CHANGED,
    DATABASE,
    FIRST,
    LEFT_INDEX,
    LOST,
    MOMENTS,
    RAISED,
    REFUSED,
    RENAMED,
    REPEATED,
    TARGET,
    again,
    classified,
    compared,
    confirmed,
    covered,
    database,
    fact,
    kept_back,
    log,
    operation,
    project,
    scenario,
    sound,
    spoilt,
    started,
    step,
    stopping,
)


class Case(NamedTuple):
    """A log that must trip the rule at error severity, and one that is nearly the same and must not."""

    rule: str
    unsafe: tuple[AnyRecord, ...]
    near_miss: tuple[AnyRecord, ...]


MISSING = Difference("column", "blog_post.slug", "missing", "blog_post")
EXTRA = Difference("column", "blog_post.old", "extra", "blog_post")
OWNERS = {"blog_post": "blog", "auth_user": "auth"}
NATURE = RowDifference("blog_post", lost=5, columns=("slug",))


def drifted(*differences: Difference) -> tuple[AnyRecord, ...]:
    """Make a log of a sound target on a database that is not what the models say."""
    return log(*sound(), SchemaDrifted(DATABASE, differences, OWNERS, ("blog",)))


def models(app: str, *, first_party: bool) -> tuple[AnyRecord, ...]:
    """Make a log of a sound target in a project whose models have changes."""
    return log(*sound(), ModelsDrifted(DATABASE, app, first_party, ("+ Add field slug to post",)))


def checked(level: int, *, deploy: bool = False) -> tuple[AnyRecord, ...]:
    """Make a log of a sound target in a project that a check objects to."""
    return log(*sound(), SystemChecked(DATABASE, "fields.E300", level, "It is wrong.", "", deploy))


def tried(failure: Failure | None, before: Failure | None = None) -> tuple[AnyRecord, ...]:
    """Make a log of a sound target after which the old release's insert was tried."""
    return log(*sound(), OldCodeTried(DATABASE, TARGET, "blog_post", "insert", failure, before))


def new_tried(**changes: Any) -> tuple[AnyRecord, ...]:
    """Make a log of a sound target after which the new release's insert was tried."""
    return log(*sound(), NewCodeTried(DATABASE, TARGET, "blog_post", "insert", **changes))


CASES = (
    Case(
        "irreversible",
        stopping(step(failure=REFUSED), classified("none"), confirmed()),
        stopping(step(failure=RAISED), classified("none")),
    ),
    Case(
        "rollback-fails",
        stopping(step(failure=RAISED), classified("none"), confirmed()),
        stopping(step(failure=RAISED), classified("typical")),
    ),
    Case(
        "rollback-fails-with-data",
        stopping(step(failure=RAISED), classified("typical"), confirmed()),
        stopping(step(failure=RAISED), classified("new")),
    ),
    Case(
        "rollback-blocked-by-new-rows",
        stopping(step(failure=RAISED), classified("new"), confirmed()),
        stopping(step(failure=RAISED), classified("edge")),
    ),
    Case(
        "rollback-leaves-schema",
        spoilt(compared(schema=(LEFT_INDEX,))),
        spoilt(compared(rows=(CHANGED,))),
    ),
    Case("rollback-loses-data", spoilt(compared(rows=(LOST, CHANGED))), spoilt(compared(rows=(ADDED,)))),
    Case("rollback-leaves-data", spoilt(compared(rows=(ADDED,))), spoilt(compared(rows=(LOST,)))),
    Case(
        "reapply-fails",
        stopping(step("reapply", failure=RAISED), compared(), classified("typical", "reapply")),
        stopping(step("forward", failure=RAISED), classified("typical", "forward")),
    ),
    Case(
        "reapply-differs",
        spoilt(compared("reapplied", rows=(CHANGED,))),
        spoilt(compared("restored", rows=(CHANGED,))),
    ),
    Case(
        "scenario-fails",
        log(*sound(), scenario("restored", Failure("AssertionError", "assert post.slug"))),
        log(*sound(), scenario("restored")),
    ),
    Case("old-code-fails-after-rollback", tried(RAISED), tried(RAISED, before=RAISED)),
    Case("new-code-fails", new_tried(failure=RAISED), new_tried(failure=RAISED, before=RAISED)),
    Case(
        "new-code-fails",
        new_tried(read_as_none=("made",)),
        new_tried(read_as_none=("made",), read_as_none_before=("made",)),
    ),
    Case(
        "forward-fails",
        stopping(
            step("forward", failure=RAISED), classified("none", "forward"), confirmed(direction="forward")
        ),
        stopping(step("forward", failure=RAISED), classified("typical", "forward")),
    ),
    Case(
        "forward-fails-with-data",
        stopping(step("forward", failure=RAISED), classified("typical", "forward")),
        stopping(step("forward", failure=RAISED), classified("none", "forward")),
    ),
    Case(
        "timed-out",
        stopping(step(outcome="timed-out", seconds=60.0)),
        stopping(step(outcome="died")),
    ),
    Case("worker-died", stopping(step(outcome="died")), stopping(step(outcome="timed-out"))),
    Case("model-drift", models("blog", first_party=True), models("wagtail", first_party=False)),
    Case("schema-drift", drifted(MISSING), drifted(EXTRA)),
    Case(
        "conflicting-leaves",
        (started(), project(conflicts={"blog": ("0002_a", "0002_b")}), *log(*sound(), begin=(database(),))),
        (started(), project(conflicts={}), *log(*sound(), begin=(database(),))),
    ),
    Case("system-check", checked(40), checked(30)),
)


BEHIND = Difference("sequence", "blog_post_id_seq", "different", "blog_post", "position", "ok", "behind")


@pytest.mark.parametrize("moment", ["restored", "reapplied"])
def test_a_sequence_that_fell_behind_is_told_once(moment: Literal["restored", "reapplied"]) -> None:
    """By the insert that fails for it; where none was seen to fail, as a difference of the schema."""
    records = spoilt(compared(moment, schema=(BEHIND,)))
    broken = OldCodeTried(DATABASE, TARGET, "blog_post", "insert", RAISED)
    assert errors((*records[:-1], broken, records[-1])) == ["old-code-fails-after-rollback"]
    assert errors(records) == ["rollback-leaves-schema" if moment == "restored" else "reapply-differs"]


def test_a_way_forward_that_always_failed_does_not_fail_again() -> None:
    """What raises the first time it meets rows is told of the first time, not of the unwind's as well."""
    forward = step("forward", failure=RAISED)
    records = stopping(
        forward, classified("typical", "forward"), step("forward", phase="unwind", failure=RAISED)
    )
    assert errors(records) == ["forward-fails-with-data"]


def test_rows_that_the_reverse_brings_from_new_ones_are_no_leftovers() -> None:
    """The forward step put in nothing that depends on what was written after it."""
    records = spoilt(compared(rows=(ADDED,)), classified("new", about="restored"))
    assert errors(records) == []
    assert errors(spoilt(compared(rows=(ADDED,)), classified("typical", about="restored"))) == [
        "rollback-leaves-data"
    ]


def findings(records: tuple[AnyRecord, ...]) -> tuple[Finding, ...]:
    """Return every finding of the report on ``records``."""
    report = judge(records)
    of_databases = tuple(finding for entry in report.databases for finding in entry.findings)
    return of_databases + tuple(finding for entry in report.migrations for finding in entry.findings)


def errors(records: tuple[AnyRecord, ...]) -> list[str]:
    """Return the rules that found errors."""
    return [finding.rule for finding in findings(records) if finding.severity == "error"]


def only(records: tuple[AnyRecord, ...]) -> Finding:
    """Return the one finding of the report on ``records``."""
    (finding,) = findings(records)
    return finding


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_unsafe_case_trips_exactly_its_rule(case: Case) -> None:
    """What a rule is about is an error of that rule and of no other, and fails the run."""
    assert errors(case.unsafe) == [case.rule]
    assert judge(case.unsafe).verdict == "failed"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_near_miss_leaves_the_rule_silent(case: Case) -> None:
    """What looks alike and is not makes no error of the rule."""
    assert case.rule not in errors(case.near_miss)


def test_the_clean_twin_leaves_every_rule_silent() -> None:
    """A target whose every step went well and came back the same has no finding at all and passes."""
    assert findings(log(*sound())) == ()
    assert judge(log(*sound())).verdict == "passed"


def test_every_rule_has_a_case_here() -> None:
    """A rule that is added without a case is noticed."""
    elsewhere = {
        "belongs-to-the-server",
        "blocking-lock",
        "changed-no-row",
        "forward-not-resumable",
        "edited-migration",
        "grows-with-rows",
        "live-model-import",
        "mixed-schema-and-data",
        "not-cleaned-up",
        "old-code-breaks",
        "rollback-not-atomic",
        "rollback-swallows-error",
        "stale-acknowledgement",
        "table-rewrite",
        "touched-elsewhere",
        "undocumented-risk",
        "unguarded-vendor-sql",
        "unbatched-data-migration",
        "values-not-understood",
    }
    assert {case.rule for case in CASES} | elsewhere == set(BY_SLUG)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)
def test_a_rule_has_all_its_parts(rule: object) -> None:
    """Each record holds condition, effect and remedy."""
    record = BY_SLUG[getattr(rule, "slug", "")]
    for part in (record.condition, record.effect, record.remedy):
        assert len(part) > 30
        assert part.endswith(".")
    judged = record.judge or record.judge_database
    assert judged or record.slug == "stale-acknowledgement"


def test_slugs_are_unique() -> None:
    """No two rules share an identity."""
    assert len(BY_SLUG) == len(RULES)


def test_a_rollback_that_leaves_a_mess_is_told_beside_its_failure() -> None:
    """A failed rollback that left the database in between is two findings: that it failed, and the mess."""
    mess = compared("after-failure", schema=(MISSING,))
    assert errors(stopping(step(failure=RAISED), classified("none"), mess)) == [
        "rollback-fails",
        "rollback-not-atomic",
    ]


def test_a_swallowed_error_is_named() -> None:
    """It is no rollback that fails: the finding tells the error, its SQLSTATE and the statement."""
    swallowed = replace(RAISED, swallowed=True, statement="DELETE FROM notes", sqlstate="42P01")
    found = findings(stopping(step(failure=swallowed), classified("none")))
    assert [finding.rule for finding in found if finding.severity == "error"] == ["rollback-swallows-error"]
    for part in (RAISED.message, "42P01", "DELETE FROM notes", "nothing is rolled back"):
        assert part in found[0].message


def test_a_rollback_that_leaves_what_was_there_is_atomic() -> None:
    """Nothing is said of a failed rollback that was itself rolled back, nor of a failed way forward."""
    clean = compared("after-failure")
    mess = compared("after-failure", schema=(MISSING,))
    assert errors(stopping(step(failure=RAISED), classified("none"), clean)) == ["rollback-fails"]
    forward = stopping(step("forward", failure=RAISED), classified("none", "forward"), mess)
    assert errors(forward) == ["forward-fails"]


@pytest.mark.parametrize(
    ("records", "rule"),
    [
        (log(*kept_back("rollback"), *MOMENTS), "rollback-fails-with-data"),
        (
            log(*again(), *MOMENTS),
            "forward-fails-with-data",
        ),
        (
            spoilt(compared(rows=(CHANGED,)), classified("edge", about="restored"), *REPEATED),
            "rollback-loses-data",
        ),
        (
            spoilt(compared(rows=(ADDED,)), classified("edge", about="restored"), *REPEATED),
            "rollback-leaves-data",
        ),
        (
            spoilt(
                compared("reapplied", rows=(CHANGED,)), classified("edge", "reapply", "reapplied"), *REPEATED
            ),
            "reapply-differs",
        ),
        (checked(40, deploy=True), "system-check"),
    ],
)
def test_what_is_less_sure_is_a_warning(records: tuple[AnyRecord, ...], rule: str) -> None:
    """What only edge rows bring out, and ``check --deploy``: a warning, which fails no run."""
    finding = only(records)
    assert (finding.rule, finding.severity) == (rule, "warning")
    assert judge(records).verdict == "passed"


def test_nobody_is_told_to_delete_a_permission_that_is_held() -> None:
    """What refers to a changed permission is mended by changing it back; deleting it would take it away."""
    grants = RowDifference(
        "auth_group_permissions",
        changed=1,
        columns=("permission_id",),
        refers={"permission_id": "auth_permission"},
    )
    lost = only(spoilt(compared(rows=(grants,))))
    assert "give the rows of auth_permission their content type and codename back" in lost.fix
    assert "restore the values" not in lost.fix
    left = only(spoilt(compared(rows=(RowDifference("auth_permission", added=1),))))
    assert "Delete only rows that no other row refers to" in left.fix
    assert "Make the reverse step delete" not in left.fix


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            (classified("typical"), confirmed(reproduced=False)),
            "but not with plain manage.py migrate",
        ),
        ((classified(None),), "but not when repeated"),
        ((classified("edge"),), "no evidence of which tables had rows without edge rows"),
    ],
)
def test_a_step_that_is_no_error_explains_no_missing_evidence(more: tuple[AnyRecord, ...], why: str) -> None:
    """A step that failed only here, only once or with edge rows is a warning; what it ended is no pass."""
    records = stopping(step(failure=RAISED), *more)
    finding = only(records)
    assert (finding.rule, finding.severity) == ("rollback-fails-with-data", "warning")
    report = judge(records)
    assert (report.migrations[0].verdict, report.verdict) == ("error", "error")
    assert why in str(report.migrations[0].reason)


@pytest.mark.parametrize(
    ("records", "rule"),
    [
        (spoilt(compared(schema=(RENAMED,))), "rollback-leaves-schema"),
        (spoilt(compared("reapplied", schema=(RENAMED,))), "reapply-differs"),
        (spoilt(compared(dropped_by_nature=(NATURE,))), "rollback-loses-data"),
        (models("wagtail", first_party=False), "model-drift"),
        (drifted(EXTRA), "schema-drift"),
        (drifted(Difference("column", "auth_user.x", "missing", "auth_user")), "schema-drift"),
        (drifted(Difference("table", "legacy", "extra")), "schema-drift"),
        (
            drifted(
                Difference("column", "blog_post.path", "different", "blog_post", "collation", None, '"C"')
            ),
            "schema-drift",
        ),
        (checked(30), "system-check"),
    ],
)
def test_what_harms_nobody_is_a_note(records: tuple[AnyRecord, ...], rule: str) -> None:
    """New names of constraints, what goes by nature, and what is in excess or of others: a note."""
    finding = only(records)
    assert (finding.rule, finding.severity) == (rule, "info")
    assert judge(records).verdict == "passed"


def test_a_check_of_models_that_did_not_end_is_told() -> None:
    """Changes that only the autodetector saw are an error, which says that the command did not end."""
    drift = ModelsDrifted(DATABASE, "blog", True, ("+ Add field slug to post",), check_stopped_after=90)
    finding = only(log(*sound(), drift))
    assert (finding.rule, finding.severity) == ("model-drift", "error")
    assert "makemigrations --check did not end within 90 s" in finding.message


def test_a_schema_difference_is_no_edge_case() -> None:
    """Edge rows being what changes the rows makes a schema that differs no less of an error."""
    records = spoilt(compared(schema=(LEFT_INDEX,), rows=(CHANGED,)), classified("edge", about="restored"))
    assert [(finding.rule, finding.severity) for finding in findings(records)] == [
        ("rollback-leaves-schema", "error"),
        ("rollback-loses-data", "warning"),
    ]


def test_an_extra_column_that_inserts_must_fill_is_an_error() -> None:
    """A column unknown to the models, not null and without default, makes every insert of theirs fail."""
    required = Difference("column", "blog_post.old", "extra", "blog_post", attribute="required")
    assert errors(drifted(required)) == ["schema-drift"]


def test_what_goes_by_nature_is_counted() -> None:
    """The note names the column and how many rows had a value in it."""
    finding = only(spoilt(compared(dropped_by_nature=(NATURE,))))
    assert "blog_post.slug of 5 rows" in finding.message


def test_cycle_and_unwind_make_one_finding() -> None:
    """The same rule in both phases is told once: the first phase's, with both named."""
    unwound = step(phase="unwind", failure=RAISED, rows="edge")
    records = stopping(step(failure=RAISED), classified("typical"), confirmed(), unwound)
    finding = only(records)
    assert (finding.rule, finding.phase) == ("rollback-fails-with-data", "cycle")
    assert finding.phases == ("cycle", "unwind")
    assert of_type(finding.exhibits, OtherPhase) == ()
    assert finding.confirmed is True


def test_what_fails_from_head_too_is_shown_from_head() -> None:
    """Where plain Django fails from head as well, the commands start there: every app is at its place."""
    unwound = step(phase="unwind", failure=RAISED, rows="typical")
    records = stopping(step(failure=RAISED), classified("none"), confirmed(), unwound)
    assert only(records).setup == "python manage.py migrate blog 0002_add_slug"
    assert only((*records, confirmed(phase="unwind"))).setup == "python manage.py migrate"
    other = step(phase="unwind", failure=Failure("ValueError", "no"), rows="typical")
    elsewhere = stopping(step(failure=RAISED), classified("none"), confirmed(), other)
    assert (
        only((*elsewhere, confirmed(phase="unwind"))).setup == "python manage.py migrate blog 0002_add_slug"
    )


def test_another_exception_in_the_unwind_is_kept() -> None:
    """Where the unwind raises something else, the one finding says that too."""
    unwound = step(phase="unwind", failure=Failure("ValueError", "no"), rows="edge")
    finding = only(stopping(step(failure=RAISED), classified("typical"), unwound))
    (other,) = of_type(finding.exhibits, OtherPhase)
    assert other.phase == "unwind"
    assert "ValueError: no" in other.message


def test_the_unwind_alone_is_told_from_head() -> None:
    """A rollback that only the unwind cannot do is set up by migrating to head."""
    records = log(
        *(record for record in sound() if record != step("rollback", "unwind")),
        step("rollback", "unwind", failure=RAISED, rows="edge"),
        classified("none", phase="unwind"),
    )
    finding = only(records)
    assert (finding.rule, finding.phase) == ("rollback-fails", "unwind")
    assert finding.setup == "python manage.py migrate"
    assert finding.reproduce == "python manage.py migrate blog 0001_initial"


def test_a_trial_on_empty_tables_tells_as_much_as_a_classification() -> None:
    """Where the same step failed on empty tables, rows have nothing to do with it."""
    bare = step(failure=RAISED, rows="none", trial=True)
    assert errors(stopping(step(failure=RAISED), bare)) == ["rollback-fails"]


def test_a_failure_on_the_way_to_a_trial_is_judged() -> None:
    """What edge rows kept from its turn is judged by the trial with fewer rows."""
    records = stopping(
        step(failure=RAISED),
        classified("edge"),
        step("reapply", failure=RAISED, rows="typical", trial=True),
    )
    assert [(finding.rule, finding.severity) for finding in findings(records)] == [
        ("rollback-fails-with-data", "warning"),
        ("reapply-fails", "error"),
    ]


def test_what_only_fewer_rows_bring_out_is_told() -> None:
    """A step that went well with all rows and failed on empty tables fails on empty tables."""
    bare = step(failure=RAISED, rows="none", trial=True)
    assert errors(log(*sound(), bare)) == ["rollback-fails"]


def test_what_only_a_trial_with_edge_rows_brings_out_is_a_warning() -> None:
    """Nobody tried it with typical rows, nor with plain Django: it is no error."""
    trial = step("forward", failure=RAISED, rows="edge", trial=True)
    typical = step("forward", failure=RAISED, rows="typical", trial=True)
    found = [(finding.rule, finding.severity) for finding in findings(log(*sound(), trial))]
    assert found == [("forward-fails-with-data", "warning")]
    assert errors(log(*sound(), typical)) == ["forward-fails-with-data"]


def test_the_step_itself_goes_before_its_trials() -> None:
    """Whatever the order of the log, the finding is about the step and not about a repeat of it."""
    trial = step(failure=Failure("ValueError", "no"), rows="typical", trial=True)
    finding = only(log(step("forward"), trial, step(failure=RAISED), covered()))
    assert finding.failure == RAISED


def test_a_mess_belongs_to_the_step_that_made_it() -> None:
    """What a failed way forward left is not laid at the door of a trial's rollback."""
    mess = compared("after-failure", schema=(MISSING,))
    bare = step(failure=RAISED, rows="none", trial=True)
    records = stopping(step("reapply", failure=RAISED), classified("none", "reapply"), bare, mess)
    assert errors(records) == ["rollback-fails", "reapply-fails"]


def test_rows_that_are_old_at_head_may_be_new_to_the_target() -> None:
    """What the cycle knows to need new rows is one finding with the unwind that fails with rows at head."""
    unwound = step("rollback", "unwind", failure=RAISED, rows="edge")
    records = stopping(
        step(failure=RAISED), classified("new"), unwound, classified("typical", phase="unwind")
    )
    finding = only(records)
    assert (finding.rule, finding.severity) == ("rollback-blocked-by-new-rows", "error")
    assert finding.phases == ("cycle", "unwind")


def test_each_phase_is_judged_by_its_own_classification() -> None:
    """What edge rows change in the cycle and typical rows in the unwind is an error by the latter."""
    records = spoilt(
        compared("reapplied", rows=(CHANGED,), phase="unwind"),
        classified("edge", "reapply", "reapplied"),
        classified("typical", "reapply", "reapplied", "unwind"),
    )
    assert errors(records) == ["reapply-differs"]


def test_the_operation_is_named() -> None:
    """The sentence and the advice on an irreversible migration name its operation."""
    records = stopping(step(failure=REFUSED))
    named = fact(operations=(operation(description="p Raw Python operation"),))
    finding = only((records[0], project(fact(FIRST), named), *records[2:]))
    assert finding.message == (
        "blog.0002_add_slug cannot be rolled back: "
        "its operation RunPython (Raw Python operation) has no reverse."
    )
    assert finding.fix.startswith("Give RunPython a reverse_code")


def test_sqlstate_says_what_to_do() -> None:
    """What the database objected to decides the advice, by code and never by the message's words."""
    finding = only(stopping(step(failure=RAISED), classified("new")))
    assert "give the rows that hold null a value" in finding.fix


@pytest.mark.parametrize(
    ("dependencies", "reproduce"),
    [((FIRST,), "python manage.py migrate blog 0001_initial"), ((), "python manage.py migrate blog zero")],
)
def test_the_command_comes_from_the_graph(dependencies: tuple[object, ...], reproduce: str) -> None:
    """Where plain Django was not asked, the way back is the dependency in the same app, else zero."""
    records = stopping(step(failure=RAISED), classified("none"))
    graph = project(fact(FIRST), fact(dependencies=dependencies))
    finding = only((records[0], graph, *records[2:]))
    assert finding.reproduce == reproduce
    assert finding.setup == "python manage.py migrate blog 0002_add_slug"


def test_a_failure_of_migrating_from_nothing_is_told_once() -> None:
    """A target's failed step tells of it; without one, the database's finding does."""
    failing = step("forward", "scratch", RAISED, rows="none")
    scratch = ScratchFinished(DATABASE, 1.0, 1, TARGET, RAISED)
    assert errors((*log(failing, covered()), scratch)) == ["forward-fails"]
    assert errors((*log(*sound()), ScratchFinished(DATABASE, 1.0, 1, None, RAISED))) == ["forward-fails"]


def test_a_failing_dependent_is_told_though_it_is_no_target() -> None:
    """A migration that is no target and cannot be rolled back in the unwind has a finding of its own."""
    dependent = step(phase="unwind", failure=REFUSED, migration=FIRST)
    report = judge(log(*sound(), dependent))
    assert [(str(migration.id), migration.verdict) for migration in report.migrations] == [
        ("blog.0002_add_slug", "passed"),
        ("blog.0001_initial", "failed"),
    ]
