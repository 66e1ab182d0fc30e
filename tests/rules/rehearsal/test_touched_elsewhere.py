"""What is said of things that are no sandbox: each once, where it was, and whose doing."""

from __future__ import annotations

from typing import Any

from django_switchback.evidence import MigrationName, TouchedElsewhere
from django_switchback.verdict import run_verdict
from rules.builders import DATABASE, TARGET, log, sound


def touch(**values: Any) -> TouchedElsewhere:
    """Return a program started within a step of the target, but for ``values``."""
    usual = {
        "moment": "step",
        "kind": "program",
        "address": "git",
        "migration": TARGET,
        "place": "a.py, line 3",
    }
    return TouchedElsewhere(database=DATABASE, **{**usual, **values})


def test_the_same_thing_is_told_once() -> None:
    """Many steps of a migration that start a program are one warning that names it, and it still passes."""
    [target] = run_verdict.judge(log(*sound(), touch(), touch(), touch())).migrations
    [found] = target.findings
    assert (found.rule, found.severity, target.verdict) == ("touched-elsewhere", "warning", "passed")
    assert found.message == f"{TARGET} started the program git, which may access anything (a.py, line 3)."


def test_each_thing_is_told() -> None:
    """Several are one finding; a line that names a new file each time is told with how many."""
    files = [touch(kind="database", address=f"/tmp/{name}", place="a.py, line 4") for name in "xyz"]
    host = touch(kind="host", address="db.example.org:5432", place="")
    refused = touch(kind="database", address="shop at db", refused=True)
    [target] = run_verdict.judge(log(*sound(), *files, host, refused)).migrations
    [found] = target.findings
    assert found.message == (
        f"{TARGET} opened /tmp/x and 2 others, a database that this run did not create (a.py, line 4); it "
        f"was "
        "refused a connection to shop at db, a database that this run did not create (a.py, line 3); it "
        "connected to db.example.org:5432."
    )


def test_what_no_target_did_stands_under_the_database() -> None:
    """While the project was loaded, between two steps, and on the way to a target."""
    other = MigrationName(app="elsewhere", name="0001_initial")
    records = (
        touch(moment="loading", migration=None),
        touch(moment="between-steps", migration=None),
        touch(migration=other),
    )
    judged = run_verdict.judge(log(*sound(), *records))
    assert [target.findings for target in judged.migrations] == [()]
    told = [finding.message.partition(" started")[0] for finding in judged.databases[0].findings]
    assert told == [
        "The project, between two steps,",
        "The project, while it is loaded,",
        "elsewhere.0001_initial, which is not a target,",
    ]


def test_what_the_project_asks_at_any_time_is_told_once() -> None:
    """A server that receivers ask in every step is no warning of each migration; a line of one's own is."""
    redis = {"kind": "host", "address": "127.0.0.1:6379"}
    records = (
        touch(moment="between-steps", migration=None, place="", **redis),
        touch(migration=MigrationName("elsewhere", "0001_initial"), place="", **redis),
        touch(place="", **redis),
        touch(**redis),
    )
    judged = run_verdict.judge(log(*sound(), *records))
    [own], [shared] = judged.migrations[0].findings, judged.databases[0].findings
    assert own.message == f"{TARGET} connected to 127.0.0.1:6379 (a.py, line 3)."
    assert shared.message == (
        f"The project, between two steps and in steps of elsewhere.0001_initial and {TARGET}, connected to "
        "127.0.0.1:6379."
    )


def test_what_is_refused_in_a_step_alone_is_not_the_projects() -> None:
    """Between the steps the same host answers: that a step was refused it is told of the migration."""
    host = {"kind": "host", "address": "127.0.0.1:6379", "place": ""}
    other = MigrationName("elsewhere", "0001_initial")
    records = (
        touch(moment="between-steps", migration=None, **host),
        touch(migration=other, refused=True, **host),
    )
    told = [finding.message for finding in run_verdict.judge(log(*sound(), *records)).databases[0].findings]
    assert [message.partition(",")[0] for message in told] == ["The project", str(other)]


def test_connections_of_the_server_are_told() -> None:
    """What the database server itself connects to, by a statement of the migration, and what it may not."""
    allowed = touch(kind="link", address="shop at far:5432")
    refused = touch(kind="link", address="another server", refused=True, place="")
    [target] = run_verdict.judge(log(*sound(), allowed, refused)).migrations
    [found] = target.findings
    assert found.severity == "warning"
    assert found.message == (
        f"{TARGET} lets the database server connect to shop at far:5432, by dblink or a foreign server "
        "(a.py, line 3), where nothing is refused; it was refused a connection from the database server to "
        "another server: a server of the run connects only to itself, by a connection string without host."
    )
