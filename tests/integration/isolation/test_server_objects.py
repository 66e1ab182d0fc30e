"""Roles and other objects of the whole server, of which all sandboxes of a run share one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql import shared_catalogs
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from integration.making import App, creates, migration, model, project, switchback

OWN = (pytest.param("postgresql-15", marks=pytest.mark.slow), "postgresql-18")

CREATE = 'migrations.RunSQL("CREATE ROLE desk_reader NOLOGIN", "DROP ROLE desk_reader")'
GRANT = (
    'migrations.RunSQL("GRANT SELECT ON desk_ticket TO desk_reader",'
    ' "REVOKE SELECT ON desk_ticket FROM desk_reader")'
)


def desk(root: Path, *operations: str, attributes: str = "") -> Path:
    """Write a project of one table and a migration for each of ``operations``."""
    steps = [creates("Ticket", "title=models.CharField(max_length=60)"), *operations]
    names = [f"{number:04}_step" for number, _ in enumerate(steps, 1)]
    befores: list[list[tuple[str, str]]] = [[], *([("desk", name)] for name in names)]
    made = {
        name: migration(step, after=after, attributes=attributes if after else "")
        for name, step, after in zip(names, steps, befores, strict=False)
    }
    return project(
        root / "site", {"desk": App(made, model("Ticket", "title = models.CharField(max_length=60)"))}
    )


@pytest.mark.parametrize("database", OWN)
def test_a_role_that_the_reverse_drops_is_no_error(database: str, tmp_path: Path) -> None:
    """Each phase has its own state of the server, with two workers side by side."""
    ran = switchback(
        desk(tmp_path, CREATE, GRANT), "--jobs", "2", "--fail-on", "error", databases=(database,)
    )
    assert set(ran.verdicts().values()) == {"passed"}, ran.out
    assert {entry["reason"] for entry in ran.report["migrations"]} == {None}
    assert ran.status == 0


@pytest.mark.parametrize("database", OWN)
def test_a_role_that_the_reverse_leaves_is_told(database: str, tmp_path: Path) -> None:
    """It is left over as any other object, and in the way of applying the migration again."""
    kept = 'migrations.RunSQL("CREATE ROLE desk_reader NOLOGIN", migrations.RunSQL.noop)'
    ran = switchback(desk(tmp_path, kept), databases=(database,))
    assert ran.verdicts() == {"desk.0001_step": "passed", "desk.0002_step": "failed"}, ran.out
    assert {rule for rule, _ in ran.rules("desk.0002_step")} == {"rollback-leaves-schema", "reapply-fails"}
    found = ran.entry("desk.0002_step")["findings"]
    assert [item["confirmed"] for item in found if item["rule"] == "reapply-fails"] == [True]
    differences = [d for item in found for d in item["evidence"].get("differences", ())]
    assert {(d["kind"], d["name"], d["change"]) for d in differences} == {("role", "desk_reader", "extra")}


@pytest.mark.parametrize("database", OWN)
def test_a_reverse_that_cannot_drop_the_role_fails(database: str, tmp_path: Path) -> None:
    """What refers to the role in the same database stands in the way, and nothing in another sandbox does."""
    forgot = (
        'migrations.RunSQL(["CREATE ROLE desk_reader", "GRANT SELECT ON desk_ticket TO desk_reader"],'
        ' "DROP ROLE desk_reader")'
    )
    ran = switchback(desk(tmp_path, forgot), databases=(database,))
    assert ran.verdicts() == {"desk.0001_step": "passed", "desk.0002_step": "failed"}, ran.out
    found = [item for item in ran.entry("desk.0002_step")["findings"] if item["severity"] == "error"]
    assert {(item["rule"], item["confirmed"]) for item in found} == {("rollback-fails", True)}
    assert "other" not in "".join(item["message"] for item in found)
    assert "in database" not in "".join(item["message"] for item in found)


@pytest.mark.parametrize("database", OWN)
def test_memberships_and_settings_are_part_of_a_sandbox(database: str, tmp_path: Path) -> None:
    """What a migration does to them is undone by its reverse, whichever copy it meets."""
    settings = """
        migrations.RunSQL(
            "ALTER ROLE desk_reader SET statement_timeout = '5s'",
            "ALTER ROLE desk_reader RESET statement_timeout",
        )"""
    own = """
        migrations.RunSQL(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 5000', current_database()); END $$",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END $$",
        )"""
    member = """
        migrations.RunSQL(
            ["CREATE ROLE desk_staff", "GRANT desk_reader TO desk_staff",
             "COMMENT ON ROLE desk_staff IS 'those who read'"],
            ["REVOKE desk_reader FROM desk_staff", "DROP ROLE desk_staff"],
        )"""
    ran = switchback(desk(tmp_path, CREATE, member, settings, own), databases=(database,))
    assert set(ran.verdicts().values()) == {"passed"}, ran.out
    assert len(ran.verdicts()) == 5


@pytest.mark.parametrize("database", OWN)
def test_settings_that_the_reverse_leaves_are_told(database: str, tmp_path: Path) -> None:
    """Those of the database itself, of a role, and a membership."""
    own = """
        migrations.RunSQL(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 5000', current_database()); END $$",
            migrations.RunSQL.noop,
        )"""
    role = """
        migrations.RunSQL("ALTER ROLE desk_reader SET statement_timeout = '5s'", migrations.RunSQL.noop)"""
    member = 'migrations.RunSQL("GRANT pg_monitor TO desk_reader", migrations.RunSQL.noop)'
    ran = switchback(desk(tmp_path, own, CREATE, role, member), databases=(database,))
    wrong = {"desk.0002_step": "setting", "desk.0004_step": "setting", "desk.0005_step": "membership"}
    for name, kind in wrong.items():
        found = ran.entry(name)["findings"]
        differences = [d for item in found for d in item["evidence"].get("differences", ())]
        assert {d["kind"] for d in differences} == {kind}, ran.out
        assert {rule for rule, _ in ran.rules(name)} == {"rollback-leaves-schema"}
    assert ran.verdicts()["desk.0003_step"] == "passed"


@pytest.mark.parametrize("database", OWN)
def test_other_faults_are_found_where_there_is_a_role(database: str, tmp_path: Path) -> None:
    """Copies on which fewer rows are tried, and plain Django's, have the role as well."""
    unique = """
        migrations.AlterField("Ticket", "title", models.CharField(max_length=60, unique=True)),
        migrations.RunSQL(
            "GRANT UPDATE ON desk_ticket TO desk_reader", "SELECT 1 / (id - id) FROM desk_ticket"
        )"""
    ran = switchback(desk(tmp_path, CREATE, unique), databases=(database,))
    found = [item for item in ran.entry("desk.0003_step")["findings"] if item["severity"] == "error"]
    assert ("rollback-fails-with-data", True) in {(item["rule"], item["confirmed"]) for item in found}, (
        ran.out
    )
    assert "does not exist" not in ran.out
    assert "already exists" not in ran.out
    assert ran.verdicts()["desk.0002_step"] == "passed"


@pytest.mark.parametrize("database", OWN)
def test_parameters_of_alter_system_are_put_back(database: str, tmp_path: Path) -> None:
    """They are no transaction's; a reverse that leaves one is told."""
    sound = 'migrations.RunSQL("ALTER SYSTEM SET work_mem = \'7MB\'", "ALTER SYSTEM RESET work_mem")'
    leaves = "migrations.RunSQL(\"ALTER SYSTEM SET search_path = 'a', 'B'\", migrations.RunSQL.noop)"
    ran = switchback(desk(tmp_path, sound, leaves, attributes="atomic = False"), databases=(database,))
    assert ran.verdicts() == {
        "desk.0001_step": "passed",
        "desk.0002_step": "passed",
        "desk.0003_step": "failed",
    }, ran.out
    assert {rule for rule, _ in ran.rules("desk.0003_step")} == {"rollback-leaves-schema"}


@pytest.mark.parametrize("database", OWN)
def test_roles_that_rows_bring_about(database: str, tmp_path: Path) -> None:
    """A migration that makes a role for each row makes none on the way to head."""
    each = """
        migrations.RunSQL(
            "DO $$ DECLARE k bigint; BEGIN FOR k IN SELECT id FROM desk_ticket LOOP"
            " EXECUTE format('CREATE ROLE %I', 'ticket_' || k); END LOOP; END $$",
            "DO $$ DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE rolname ~ '^ticket_'"
            " LOOP EXECUTE format('DROP ROLE %I', r); END LOOP; END $$",
        )"""
    ran = switchback(desk(tmp_path, each), databases=(database,))
    # New rows had no role the first time; so it is with tables that a migration makes for each row.
    assert ran.rules("desk.0002_step") == {("reapply-differs", "cycle")}, ran.out
    assert [step for step in ran.steps("desk.0002_step") if step[2] != "ok"] == []


KEPT = {
    # Made here for the first time, in a transaction and outside of one.
    "made": (CREATE, ""),
    "made_alone": (CREATE, "atomic = False"),
    # There already: what a careful migration would not make, its reverse would drop.
    "there": ('migrations.RunSQL("CREATE ROLE keeper", "DROP ROLE keeper")', ""),
    "dropped": ('migrations.RunSQL(migrations.RunSQL.noop, "DROP ROLE IF EXISTS keeper")', ""),
    "dropped_alone": (
        'migrations.RunSQL(migrations.RunSQL.noop, "DROP ROLE IF EXISTS keeper")',
        "atomic = False",
    ),
    "member": ('migrations.RunSQL("GRANT keeper TO CURRENT_USER", "REVOKE keeper FROM CURRENT_USER")', ""),
    "setting": (
        'migrations.RunSQL("ALTER ROLE keeper SET work_mem = 5000", "ALTER ROLE keeper RESET work_mem")',
        "",
    ),
}


@pytest.fixture(scope="module", params=OWN)
def named(request: pytest.FixtureRequest) -> Iterator[tuple[PostgresFactory, psycopg.Connection[TupleRow]]]:
    """Give a server to name by URL, and its administrator's connection; nothing on it may change."""
    with open_server(request.param, RunIdentity.new(), notice=print) as server:
        factory = server.factory()
        assert isinstance(factory, PostgresFactory)
        with factory.login.connect("postgres") as connection:
            connection.execute("CREATE ROLE maker LOGIN CREATEDB CREATEROLE")
            connection.execute("SET ROLE maker")
            connection.execute("CREATE ROLE keeper")
            connection.execute("RESET ROLE")
            connection.execute("CREATE DATABASE team OWNER maker")
            yield factory, connection


@pytest.mark.parametrize("user", ["maker", "postgres"])
def test_nothing_of_a_named_server_changes(
    user: str, named: tuple[PostgresFactory, psycopg.Connection[TupleRow]], tmp_path: Path
) -> None:
    """By URL such a step is rolled back before it is committed: a warning and a skip, never an error."""
    factory, connection = named
    before = shared_catalogs.read_shared_catalogs(connection, "postgres")
    url = f"postgresql://{user}@/team?host={factory.login.host}&port={factory.login.port}"
    apps = {
        name: App(
            {
                "0001_step": migration(creates("Ticket", "title=models.CharField(max_length=60)")),
                "0002_step": migration(operation, after=[(name, "0001_step")], attributes=attributes),
            },
            model("Ticket", "title = models.CharField(max_length=60)"),
        )
        for name, (operation, attributes) in KEPT.items()
    }
    ran = switchback(project(tmp_path / "site", apps), databases=(url,))
    assert shared_catalogs.read_shared_catalogs(connection, "postgres") == before
    left = connection.execute(
        "SELECT 1 FROM pg_database WHERE starts_with(datname, 'switchback_')"
    ).fetchall()
    assert left == []
    for name in KEPT:
        assert ran.verdicts()[f"{name}.0001_step"] == "passed", ran.out
        said = {rule for rule, _ in ran.rules(f"{name}.0002_step")}
        # What was refused has changed nothing, which another rule may say as well.
        assert "belongs-to-the-server" in said <= {"belongs-to-the-server", "changed-no-row"}, ran.out
        entry = ran.entry(f"{name}.0002_step")
        assert entry["verdict"] == "skipped", ran.out
        assert "it belongs to the whole server" in entry["reason"]


def test_settings_of_the_sandbox_go_with_it(
    named: tuple[PostgresFactory, psycopg.Connection[TupleRow]], tmp_path: Path
) -> None:
    """What ``ALTER DATABASE`` says of the sandbox is its own; what wants no transaction runs without one."""
    factory, _ = named
    own = """
        migrations.RunSQL(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 5000', current_database()); END $$",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END $$",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY i ON desk_ticket (id)", "DROP INDEX CONCURRENTLY IF EXISTS i"
        )"""
    url = f"postgresql://maker@/team?host={factory.login.host}&port={factory.login.port}"
    ran = switchback(desk(tmp_path, own, attributes="atomic = False"), databases=(url,))
    assert set(ran.verdicts().values()) == {"passed"}, ran.out
