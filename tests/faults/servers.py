"""Faults: servers that refuse, hang, run full or hold on to what should be dropped."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import RunIdentity

from . import strikes
from .case import Case, Live, Make, Place, Strike, nothing
from .expectations import in_files, no_rule, one_line, run_is, says, verdict
from .projects import acting, slow, sound

_ONE = ("--jobs", "1")
_URL = ("{url}",)


def sql(*statements: str) -> Make:
    """Return what runs statements on the case's server before the program is started."""

    def prepare(place: Place) -> None:
        for statement in statements:
            place.server.ask(statement)

    return prepare


def settings(**values: str) -> Make:
    """Return what changes settings of the case's server."""
    changes = [f"ALTER SYSTEM SET {name} = {value}" for name, value in values.items()]
    return sql(*changes, "SELECT pg_reload_conf()")


def large_template(place: Place) -> None:
    """Make ``template0`` so large that CREATE DATABASE takes as long as on a server that writes to a disk."""
    place.server.ask("UPDATE pg_database SET datallowconn = true WHERE datname = 'template0'")
    place.server.ask(
        "CREATE TABLE ballast AS SELECT repeat('x', 500) AS x FROM generate_series(1, 250000)", "template0"
    )
    place.server.ask("GRANT ALL ON ballast TO PUBLIC", "template0")
    place.server.ask("UPDATE pg_database SET datallowconn = false WHERE datname = 'template0'")


def abandoned(place: Place) -> None:
    """Leave a database whose name is like that of a dead run's sandbox, but without the run's mark."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        run = RunIdentity.new(pid=process.pid)
        process.communicate(b"\n")
    place.server.ask(f'CREATE DATABASE "{run.name("theirs", 2)}" OWNER team_maker')


def full_disk(live: Live) -> None:
    """Let no file of the server's new backends grow beyond some pages, as on a full disk."""
    [(pid,)] = strikes.admin(live).ask("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int")
    for number in (int(str(pid)), *_children(int(str(pid)))):
        with suppress(FileNotFoundError):  # a backend that has ended by now
            owner = Path("/proc", str(number)).stat()
            # As the server's own user, who may lower it without any privilege.
            words = ["prlimit", f"--pid={number}", "--fsize=16384"]
            subprocess.run(words, check=False, user=owner.st_uid, group=owner.st_gid)
    with suppress(SandboxError, psycopg.Error):
        # What is written is in memory at first, and a short run may end before the disk is needed.
        strikes.admin(live).ask("CHECKPOINT")
    strikes.release(live)


def _children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def listening(answer: Callable[[socket.socket], None]) -> Make:
    """Return what opens a port at which something answers that is no server; its number is in a file."""

    def prepare(place: Place) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        pyproject = place.project / "pyproject.toml"
        pyproject.write_text(
            f'[tool.switchback]\ndatabase = ["postgresql://somebody@127.0.0.1:{port}/shop"]\n'
        )

        def serve() -> None:
            kept = []
            with suppress(OSError):
                while not place.root.joinpath("over").exists():
                    connection, _ = listener.accept()
                    kept.append(connection)
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()

    return prepare


def _says_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.close()


def _only_admin(place: Place) -> None:
    [(file,)] = place.server.ask("SHOW hba_file")
    rules = Path(str(file))
    rules.write_text(f"local all team_maker reject\n{rules.read_text()}")
    place.server.ask("SELECT pg_reload_conf()")


def _refused(name: str, *said: str, **more: Any) -> Case:
    values: dict[str, Any] = {
        "project": sound(),
        "databases": _URL,
        "server": "postgresql-15",
        "words": _ONE,
        **more,
    }
    return Case(name=name, status=(3,), expects=(says(*said), one_line(), run_is("error")), **values)


REFUSALS = (
    _refused(
        "nobody listens there",
        "no PostgreSQL server can be reached",
        databases=("postgresql://somebody:Kein%2FZutritt-4711@127.0.0.1:1/shop",),
        server="",
    ),
    _refused(
        "the host has no address",
        "no PostgreSQL server can be reached",
        databases=("postgresql://somebody@no-such-host.invalid/shop",),
        server="",
    ),
    _refused(
        "nobody listens there, beside SQLite",
        "no PostgreSQL server can be reached",
        databases=("sqlite", "postgresql://somebody@127.0.0.1:1/shop"),
        server="",
    ),
    _refused(
        "something accepts and says nothing",
        "127.0.0.1",
        databases=(),
        server="",
        prepare=listening(lambda connection: None),
        limit=60.0,
    ),
    _refused(
        "something accepts and hangs up",
        "127.0.0.1",
        databases=(),
        server="",
        prepare=listening(lambda connection: connection.close()),
    ),
    _refused(
        "something answers that is no PostgreSQL",
        "127.0.0.1",
        databases=(),
        server="",
        prepare=listening(_says_nonsense),
    ),
    _refused(
        "the password is wrong",
        "password authentication failed",
        databases=("postgresql://team_maker:wrong@/team_shop?host={socket}&port=5432",),
    ),
    _refused(
        "the role may not create databases", 'ALTER ROLE "team_reader" CREATEDB', databases=("{reader}",)
    ),
    _refused("the role may not log in", "team_maker", prepare=sql("ALTER ROLE team_maker NOLOGIN")),
    _refused(
        "the role has expired", "team_maker", prepare=sql("ALTER ROLE team_maker VALID UNTIL '2001-01-01'")
    ),
    _refused(
        "the role may connect once only",
        "too many connections",
        prepare=sql("ALTER ROLE team_maker CONNECTION LIMIT 1"),
    ),
    _refused(
        "the role is read only",
        "read-only",
        prepare=sql("ALTER ROLE team_maker SET default_transaction_read_only = on"),
    ),
    _refused("pg_hba.conf lets nobody in", "team_maker", prepare=_only_admin),
)


SOUND = tuple(
    Case(
        name=f"a sound run on a server by URL {said}",
        project=sound(),
        databases=_URL,
        server=server,
        prepare=prepare,
        expects=(verdict("others", "passed"), verdict("things", "passed"), no_rule("not-cleaned-up")),
    )
    for said, server, prepare in (
        ("of PostgreSQL 15", "postgresql-15", nothing),
        ("of PostgreSQL 18", "postgresql-18", nothing),
        (
            "whose autovacuum is always at work",
            "postgresql-15",
            settings(
                autovacuum="on",
                autovacuum_naptime="'1s'",
                autovacuum_vacuum_threshold="1",
                autovacuum_analyze_threshold="1",
                autovacuum_vacuum_cost_delay="100",
            ),
        ),
        ("with a large template", "postgresql-15", large_template),
        (
            "without a database postgres to connect to",
            "postgresql-15",
            sql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC"),
        ),
        (
            "with a statement timeout of five seconds",
            "postgresql-18",
            sql("ALTER ROLE team_maker SET statement_timeout = '5s'"),
        ),
        ("with a sandbox of nobody's that only looks like one", "postgresql-15", abandoned),
        (
            "with another search path",
            "postgresql-15",
            sql("ALTER ROLE team_maker SET search_path = nowhere, public"),
        ),
    )
)

FULL = tuple(
    Case(
        name=f"the server's disk runs full {said}",
        project=slow(),
        variables={"PAUSE": "1.2"},
        words=_ONE,
        databases=("sqlite", database),
        server="postgresql-15" if database == "{url}" else "",
        strike=Strike(strikes.on("postgresql", strikes.step(*phase)), full_disk),
        status=(1, 3),
        expects=(
            verdict("others", "passed", database="sqlite"),
            verdict("things.0002_slow", "failed", "error", database="postgresql"),
        ),
        # PostgreSQL ends itself (PANIC) where it cannot write its log, and does not recover on a full disk.
        stays="a server that has ended" if database == "{url}" else "",
    )
    for said, phase, database in (
        ("from nothing", ("scratch", "forward"), "postgresql-15"),
        ("in a cycle", ("cycle", "forward"), "postgresql-18"),
        ("in the unwind, server by URL", ("unwind", "rollback"), "{url}"),
    )
)


def _take_connections(place: Place) -> None:
    for _ in range(60):
        try:
            strikes.keep(
                psycopg.connect(
                    host=place.server.login.host,
                    port=place.server.login.port,
                    user="team_reader",
                    password="Kein/Zutritt-4711",
                    dbname="postgres",
                )
            )
        except psycopg.OperationalError:
            return


HELD = (
    Case(
        name="an administrator's session on every sandbox keeps them from being dropped",
        project=slow(),
        variables={"PAUSE": "1.2"},
        words=_ONE,
        databases=_URL,
        server="postgresql-15",
        strike=Strike(strikes.step("cycle", "reapply"), strikes.hold_sandboxes),
        status=(0, 1, 3),
        expects=(verdict("others.0002_number", "passed"), says("DROP DATABASE", "switchback_")),
        stays="database switchback_",
    ),
    Case(
        name="the role loses CREATEDB in the middle",
        project=slow(),
        variables={"PAUSE": "1.2"},
        words=_ONE,
        databases=_URL,
        server="postgresql-15",
        strike=Strike(strikes.step("scratch", "forward"), strikes.sql("ALTER ROLE team_maker NOCREATEDB")),
        status=(3,),
        expects=(run_is("error"), in_files("permission|CREATEDB")),
    ),
    Case(
        name="the role's password changes in the middle",
        project=slow(),
        variables={"PAUSE": "1.2"},
        words=_ONE,
        databases=_URL,
        server="postgresql-15",
        strike=Strike(
            strikes.step("scratch", "forward"), strikes.sql("ALTER ROLE team_maker PASSWORD 'another'")
        ),
        status=(3,),
        expects=(run_is("error"),),
        # Nobody who knows only the old one can drop them.
        stays="database switchback_",
    ),
    Case(
        name="all other connections of the server are taken",
        project=sound(),
        databases=_URL,
        server="postgresql-15",
        prepare=_take_connections,
        words=_ONE,
        status=(3,),
        expects=(run_is("error"), says("too many|remaining connection slots")),
    ),
)


DISTURBING = (
    Case(
        name="a migration ends all other backends of its role",
        project=acting(
            "if editor.connection.vendor == 'postgresql':\n"
            "    cursor.execute('SELECT pg_terminate_backend(pid) FROM pg_stat_activity '\n"
            "                   'WHERE usename = current_user AND pid <> pg_backend_pid()')"
        ),
        databases=_URL,
        server="postgresql-15",
        expects=(verdict("others", "passed"), verdict("things", "passed")),
    ),
    Case(
        name="a migration changes the settings of its role",
        project=acting("cursor.execute(\"ALTER ROLE CURRENT_USER SET statement_timeout = '1ms'\")"),
        databases=_URL,
        server="postgresql-15",
        status=(0, 1, 3),
        expects=(verdict("others", "passed"),),
    ),
    *(
        Case(
            name=f"a migration makes a role and leaves it, {said}",
            project=acting(
                "cursor.execute('CREATE ROLE left_by_it')", "cursor.execute('DROP ROLE left_by_it')"
            ),
            databases=(database,),
            server=server,
            prepare=prepare,
            status=status,
            expects=expects,
        )
        for said, database, server, prepare, status, expects in (
            (
                "server of ours",
                "postgresql-15",
                "",
                nothing,
                (0, 1),
                (no_rule("forward-fails", "rollback-fails"), verdict("others", "passed")),
            ),
            (
                "server by URL",
                "{url}",
                "postgresql-15",
                sql("ALTER ROLE team_maker CREATEROLE"),
                (0, 1, 3),
                (verdict("others", "passed"),),
            ),
        )
    ),
    Case(
        name="a migration makes a role that its rollback forgets, server by URL",
        project=acting("cursor.execute('CREATE ROLE left_by_it')"),
        databases=_URL,
        server="postgresql-15",
        prepare=sql("ALTER ROLE team_maker CREATEROLE"),
        status=(1, 3),
        expects=(verdict("things.0002_acts", "failed", "skipped", "error"),),
    ),
    Case(
        name="a migration drops a role that was there before, server by URL",
        project=acting("cursor.execute('DROP ROLE theirs')"),
        databases=_URL,
        server="postgresql-15",
        prepare=sql("CREATE ROLE theirs"),
        status=(1, 3),
        expects=(verdict("things.0002_acts", "failed", "skipped", "error"),),
    ),
    Case(
        name="a migration drops the sandbox's own connections' database",
        project=acting("cursor.execute('DROP DATABASE ' + editor.connection.settings_dict['NAME'])"),
        databases=("postgresql-15",),
        status=(1,),
        expects=(verdict("things.0002_acts", "failed"), verdict("others", "passed")),
    ),
)

STOPS_BY_URL = tuple(
    Case(
        name=f"Ctrl-C while CREATE DATABASE {number} takes long, server by URL",
        project=slow(),
        databases=_URL,
        server="postgresql-15",
        prepare=large_template,
        strike=Strike(strikes.sandbox_is_made(number), strikes.told(signal.SIGINT)),
        status=(130,),
        expects=(run_is("error"),),
    )
    for number in (1, 2, 3, 4)
)

CASES = (*REFUSALS, *SOUND, *FULL, *HELD, *DISTURBING, *STOPS_BY_URL)
