"""The deploy window's locks and growth, judged from the work of a step with two numbers of rows."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from django_switchback.evidence import DatabaseStarted, Direction, RunStarted, StatementWork, WorkMeasured
from django_switchback.rules.interface import Finding
from django_switchback.rules.notices import run_notices
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, TARGET, log

FEW, MANY = 300, 600
EXCLUSIVE, SHARE, WEAK = "AccessExclusiveLock", "ShareLock", "ShareUpdateExclusiveLock"


def measured(
    rows: int, *statements: dict[str, Any], direction: Direction = "forward", table: str = "t"
) -> WorkMeasured:
    """Return the work of a step with ``rows`` in the table; a count of ``"rows"`` stands for their number."""

    def counts(statement: dict[str, Any], name: str) -> dict[str, int]:
        return {key: rows if value == "rows" else value for key, value in statement.get(name, {}).items()}

    works = (
        StatementWork(
            **{"sql": "ALTER TABLE t"}
            | statement
            | {"read": counts(statement, "read"), "written": counts(statement, "written")}
        )
        for statement in statements
    )
    return WorkMeasured(
        database=DATABASE,
        migration=TARGET,
        direction=direction,
        rows={table: rows},
        statements=tuple(works),
    )


def findings(*statements: dict[str, Any], direction: Direction = "forward") -> list[Finding]:
    """Return the findings about a step that sends ``statements``."""
    return judged(*(measured(rows, *statements, direction=direction) for rows in (FEW, MANY)))


def judged(*records: WorkMeasured, hot: tuple[str, ...] = ()) -> list[Finding]:
    """Return the findings about the target with ``records``; ``hot`` are the hot tables."""
    whole = [
        replace(record, hot_tables=hot) if isinstance(record, DatabaseStarted) else record
        for record in log(*records)
    ]
    [target] = [migration for migration in judge(tuple(whole)).migrations if migration.id == TARGET]
    return list(target.findings)


def rules(found: list[Finding]) -> set[tuple[str, str]]:
    """Return the rules of findings with their severity."""
    return {(finding.rule, finding.severity) for finding in found}


HELD = {("blocking-lock", "warning"), ("grows-with-rows", "warning")}
BRIEF = {("blocking-lock", "info")}
LOCK = {"locks": {"t": EXCLUSIVE}}
LIMIT = {"lock_timeout": "2s"}
READ = {"read": {"t": "rows"}}
WRITE = {"sql": "UPDATE t", "written": {"t": "rows"}, "data": True}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([LOCK | READ], HELD),
        ([{"locks": {"t": SHARE}} | READ], HELD),
        ([LOCK | {"read": {"t": 3}}], BRIEF),
        ([LOCK], BRIEF),
        ([{"locks": {"t": WEAK}} | READ], set()),
        ([READ, LOCK], BRIEF),
        ([LOCK, READ], HELD),
        ([LOCK | {"transaction": 1}, READ | {"transaction": 2}], BRIEF),
        ([LOCK | READ | {"rewritten": ("t",)}], {*HELD, ("table-rewrite", "warning")}),
        ([LOCK | {"rewritten": ("t",)}], {*HELD, ("table-rewrite", "warning")}),
        ([WRITE], {("unbatched-data-migration", "warning"), ("grows-with-rows", "warning")}),
        ([WRITE | {"written": {"t": 1000}}], set()),
        ([WRITE | {"data": False}], {("grows-with-rows", "warning")}),
        ([LOCK, WRITE | {"written": {"t": 1}}], {*BRIEF, ("mixed-schema-and-data", "warning")}),
        ([LOCK | {"transaction": 1}, WRITE | {"written": {"t": 1}, "transaction": 2}], BRIEF),
        ([{"locks": {"t": WEAK}}, WRITE | {"written": {"t": 1}}], set()),
    ],
)
def test_rules_of_a_step(statements: list[dict[str, Any]], expected: set[tuple[str, str]]) -> None:
    """A lock is held while work grows, brief without, and nothing if it lets others write."""
    assert rules(findings(*statements)) == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([LOCK], "error"),
        ([LOCK | READ], "error"),
        ([LOCK | LIMIT], "info"),
        ([LOCK | LIMIT | READ], "error"),
        ([{"locks": {"t": SHARE}}, LOCK | LIMIT], "error"),
        ([LOCK | {"transaction": 1}, LOCK | LIMIT | {"transaction": 2}], "error"),
        ([{"locks": {"t": WEAK}} | READ], None),
        ([{"locks": {"u": EXCLUSIVE}}], "info"),
    ],
)
@pytest.mark.parametrize("direction", ["forward", "rollback"])
def test_a_hot_table_needs_a_lock_timeout(
    statements: list[dict[str, Any]], expected: str | None, direction: Direction
) -> None:
    """On a hot table, a lock is an error, unless it is brief and each statement that takes it has a limit."""
    records = [measured(rows, *statements, direction=direction) for rows in (FEW, MANY)]
    found = [finding for finding in judged(*records, hot=("t",)) if finding.rule == "blocking-lock"]
    assert next((finding.severity for finding in found), None) == expected
    assert all(("hot-tables" in finding.message) is (finding.severity == "error") for finding in found)


def test_a_lock_timeout_is_told() -> None:
    """Under a lock_timeout the note says after what time the lock is given up, and asks for nothing."""
    [finding] = findings(LOCK | LIMIT)
    assert finding.message.endswith("it is given up after a lock_timeout of 2s")


def test_the_way_back_is_judged_too() -> None:
    """The same on the way back names it."""
    found = findings(LOCK | READ, direction="rollback")
    assert rules(found) == HELD
    assert all(finding.message.startswith(f"Rolling back {TARGET}") for finding in found)


def test_growth_is_relative_to_the_rows_of_the_table() -> None:
    """Half a row more for each row more grows, less does not: an index finds a few rows of many."""
    for more, grows in ((149, False), (150, True)):
        few = measured(FEW, LOCK | {"read": {"t": 20}})
        many = measured(MANY, LOCK | {"read": {"t": 20 + more}})
        assert (rules(judged(few, many)) == HELD) is grows


def test_a_table_that_takes_no_more_rows_is_judged_by_its_own() -> None:
    """Each row is counted exactly: reading all of five rows is a scan, reading two is none."""
    for number, grows in ((5, True), (2, False)):
        same = [measured(5, LOCK | {"read": {"t": number}}) for _ in range(2)]
        assert (rules(judged(*same)) == HELD) is grows


@pytest.mark.parametrize(("written", "grows"), [("rows", True), (200, False)])
def test_rows_written_to_an_empty_table_grow_with_those_of_another(written: object, grows: bool) -> None:
    """A copy into an empty table writes more if there is more to copy; a batch does not."""
    copy = {"sql": "INSERT INTO u", "written": {"u": written}, "data": True}
    records = [
        replace(work, rows=work.rows | {"u": 0}) for work in (measured(FEW, copy), measured(MANY, copy))
    ]
    assert (("unbatched-data-migration", "warning") in rules(judged(*records))) == grows


def test_an_empty_table_locks_nobody_out() -> None:
    """A lock on a table without rows is told neither as held nor as brief."""
    assert judged(measured(0, LOCK)) == []


def test_what_is_locked_first_is_told_with_what_holds_it() -> None:
    """The statement that takes the lock and the one that grows are both shown."""
    [finding] = [
        found
        for found in findings({"sql": "LOCK TABLE t"} | LOCK, {"sql": "UPDATE u", "written": {"t": "rows"}})
        if found.rule == "blocking-lock"
    ]
    assert "taken by LOCK TABLE t" in finding.message
    assert "writes the rows of t: UPDATE u" in finding.message


def test_a_step_that_could_not_be_measured_is_told() -> None:
    """It is a note with the reason, and no lock is called brief."""
    record = WorkMeasured(
        database=DATABASE,
        migration=TARGET,
        direction="forward",
        rows={},
        unmeasured="it ends its transaction",
    )
    [finding] = judged(record)
    assert (finding.rule, finding.severity) == ("blocking-lock", "info")
    assert "it ends its transaction" in finding.message


def test_rows_that_are_not_counted_are_told() -> None:
    """Where copies of rows stop a step, what its queries read and write is not judged, which a note says."""
    record = replace(measured(FEW, LOCK), without_rows="with 300 rows, IntegrityError")
    assert ("grows-with-rows", "info") in rules(judged(record))


@pytest.mark.parametrize(
    ("sql", "advice"),
    [
        ('CREATE INDEX "i" ON "t" ("a")', "AddIndexConcurrently"),
        ('ALTER TABLE "t" ADD CONSTRAINT "c" CHECK ("a" > 0)', "AddConstraintNotValid"),
        ('ALTER TABLE "t" ADD CONSTRAINT "c" UNIQUE ("a")', "USING INDEX"),
        ('ALTER TABLE "t" ADD CONSTRAINT "c" FOREIGN KEY ("a") REFERENCES "u" ("id")', "NOT VALID"),
        ('ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL', "IS NOT NULL"),
        ('ALTER TABLE "t" ALTER COLUMN "a" TYPE bigint', "new column"),
        ('ALTER TABLE "t" ADD COLUMN "a" varchar(9) NULL UNIQUE', "Add the column without UNIQUE"),
        ("ALTER TABLE t ADD COLUMN a bigserial", "may be null, without a default"),
        ("VACUUM FULL t", "out of the migrations"),
        ('CREATE UNIQUE INDEX "i" ON "t" ("a")', "RunSQL"),
        ('ALTER TABLE "t" ADD CONSTRAINT "c" EXCLUDE USING gist ("a" WITH &&)', "only under this lock"),
        ('ALTER TABLE "t" VALIDATE CONSTRAINT "c"', "in a later migration"),
        ('UPDATE "t" SET "a" = 1', "batches"),
        ("ALTER TABLE t ADD COLUMN a integer; UPDATE t SET a = 1", "batches"),
    ],
)
def test_the_advice_fits_the_statement(sql: str, advice: str) -> None:
    """Each kind of statement has a way that reads the rows under a weaker lock."""
    found = findings({"sql": sql} | LOCK | READ)
    assert all(advice in finding.fix for finding in found if finding.rule == "blocking-lock")
    assert found


def test_an_index_of_a_partitioned_table_is_not_built_concurrently() -> None:
    """PostgreSQL refuses that; the server says that it builds the index on the partitions."""
    notice = 'building index "p_a_idx" on table "{}" serially'
    for table, advice in (("p", "ON ONLY"), ("t", "AddIndexConcurrently")):
        statement = {"sql": "CREATE INDEX i ON t (a)", "notices": (notice.format(table),)}
        found = findings(LOCK, statement | READ)
        assert all(advice in finding.fix for finding in found)
        assert found


def test_a_table_is_named_once() -> None:
    """Statements of one step that each lock it briefly, in transactions of their own, are one note."""
    [finding] = findings(LOCK | {"transaction": 1}, LOCK | {"transaction": 2})
    assert finding.message.count(" on t ") == 1


@pytest.mark.parametrize(
    ("engine", "deploy_window", "said"), [("sqlite", True, 1), ("sqlite", False, 0), ("postgresql", True, 0)]
)
def test_a_run_on_sqlite_alone_says_what_was_not_judged(engine: Any, deploy_window: bool, said: int) -> None:
    """A notice names what only PostgreSQL tells, unless the deploy window was left out."""
    started = RunStarted(
        id="r", seed=0, started="", project="p", settings="s", version="v", deploy_window=deploy_window
    )
    records = (started, DatabaseStarted(DATABASE, engine, "default", "1", ()))
    assert sum("were not judged" in notice for notice in run_notices(records)) == said
