"""What a statement lets a PostgreSQL server connect to, told by its text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from django_switchback.worker.guard import refuse_driver_connections
from django_switchback.worker.guard.allowed_databases import ConnectionTarget
from django_switchback.worker.guard.database_links import UNKNOWN, foreign_links

SETTINGS = {"NAME": "mine", "HOST": "db", "PORT": "5432"}
SERVER = "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({})"


@pytest.fixture(autouse=True)
def _only_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the sandboxes ``mine`` and ``other`` of the server ``db``."""

    def allowed(target: ConnectionTarget) -> bool:
        return (target.name in {"mine", "other"}, target.host, target.port) == (True, "db", "5432")

    monkeypatch.setattr(refuse_driver_connections, "_is_allowed", allowed)


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        ("SELECT dblink_connect('host=far dbname=shop')", (), ["shop at far:5432"]),
        ("SELECT dblink_connect('n', 'postgresql://me@far:6000/shop')", (), ["shop at far:6000"]),
        ("SELECT * FROM public.dblink(%s, 'SELECT 1') AS t(a int)", ["dbname=shop"], ["shop at db:5432"]),
        ("SELECT dblink_exec(%(to)s, 'DELETE FROM t')", {"to": "host=far dbname=mine"}, ["mine at far:5432"]),
        ("SELECT DBLINK_EXEC('service=shop dbname=x', 'SELECT 1')", (), ["x of the service shop"]),
        ("DO $$ BEGIN PERFORM dblink_exec('host=far dbname=shop', 'x'); END $$", (), ["shop at far:5432"]),
        ("SELECT dblink_connect('host=' || place || ' dbname=mine') FROM t", (), [UNKNOWN]),
        ("SELECT dblink_connect('dbname=' || name) FROM t", (), [UNKNOWN]),
        ("SELECT dblink_connect(address) FROM t", (), [UNKNOWN]),
        (SERVER.format("host 'far', dbname 'shop'"), (), ["shop at far:5432"]),
        ("DO $$ BEGIN EXECUTE format('CREATE SERVER s OPTIONS (host %L)', place); END $$", (), [UNKNOWN]),
        ("DO $$ BEGIN EXECUTE format('CREATE SERVER s OPTIONS (dbname %L)', name); END $$", (), [UNKNOWN]),
        ("ALTER SERVER s OPTIONS (SET host 'far', SET dbname 'shop')", (), ["shop at far:5432"]),
    ],
)
def test_a_way_elsewhere_is_told(sql: str, params: Sequence[str], expected: list[str]) -> None:
    """A database that is no sandbox, or that nobody can tell, by connection string, parameter or option."""
    assert list(foreign_links(sql, params, SETTINGS)) == expected


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT dblink_connect('n', 'dbname=' || current_database())", ()),
        ("SELECT dblink_connect('dbname=' || current_database() || ' port=' || current_setting('port'))", ()),
        ("SELECT dblink_connect(%s)", ["host=db port=5432 dbname=mine"]),
        ("SELECT dblink_exec('dbname=other', 'DELETE FROM t WHERE a = ''host=far''')", ()),
        ("SELECT * FROM dblink('n', 'SELECT 1') AS t(a int)", ()),
        ("SELECT dblink_disconnect('n')", ()),
        ("CREATE EXTENSION dblink", ()),
        (SERVER.format("dbname 'mine'"), ()),
        ("DO $$ BEGIN EXECUTE format('CREATE SERVER s OPTIONS (dbname %L)', current_database()); END $$", ()),
        ("DROP SERVER s", ()),
        (
            "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'me', password 'host=far dbname=x')",
            (),
        ),
        ("INSERT INTO t VALUES ('host=far dbname=server')", ()),
        ("UPDATE dblink SET server = 'host=far dbname=x'", ()),
        ("SELECT 'unterminated dblink(", ()),
    ],
)
def test_what_stays_at_home_is_not(sql: str, params: Sequence[str]) -> None:
    """A connection to a sandbox, a named one, and text that only looks like a connection string."""
    assert list(foreign_links(sql, params, SETTINGS)) == []
