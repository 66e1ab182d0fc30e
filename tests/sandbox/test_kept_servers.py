"""A server of an earlier run is started again with some of its databases, or not kept at all."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from django_switchback.sandbox.interface import NotKept
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import is_own, open_server

from .support import databases, execute, factory_of, postgres, url_of


def test_databases_come_back(tmp_path: Path) -> None:
    """Only what is kept comes back, under a name of the later run, also after it was kept once more."""
    names = [tmp_path / "first.zip", tmp_path / "second.zip"]
    with open_server("postgresql-18", RunIdentity.new()) as server:
        kept, other = (server.factory().create(label) for label in ("kept", "other"))
        execute(kept, "CREATE TABLE thing AS SELECT 7 AS number")
        execute(other, "CREATE TABLE other AS SELECT 8 AS number")
        with ZipFile(names[0], "w") as archive:
            server.keep([kept.name], archive)
    previous = kept.name
    for name, following in ((names[0], names[1]), (names[1], None)):
        with (
            ZipFile(name) as archive,
            open_server("postgresql-18", RunIdentity.new(), archive=archive) as again,
        ):
            [(earlier, address)] = again.kept.items()
            assert earlier == previous
            assert again.factory().owns(address.name)
            assert [found.marked for found in factory_of(again).find_databases()] == [True]
            assert execute(address, "SELECT number FROM thing") == [(7,)]
            [(settings,)] = execute(postgres(again), "SELECT pg_read_file('postgresql.conf')")
            assert str(settings).count("# Switchback") == 1
            previous = address.name
            if following is not None:
                with ZipFile(following, "w") as packed:
                    again.keep([address.name], packed)


def test_objects_of_the_server_are_not_kept(tmp_path: Path) -> None:
    """A server with a role more than at its start keeps nothing, and loses nothing."""
    with open_server("postgresql-18", RunIdentity.new()) as server:
        made = server.factory().create("made")
        execute(made, "CREATE ROLE somebody")
        with ZipFile(tmp_path / "kept.zip", "w") as archive, pytest.raises(NotKept, match="the whole server"):
            server.keep([], archive)
        assert made.name in databases(server)
        assert archive.namelist() == []


def test_server_by_url(tmp_path: Path) -> None:
    """A server that the run did not start is not kept."""
    with open_server("postgresql-18", RunIdentity.new()) as server:
        spec = url_of(factory_of(server).login, "postgres")
        assert not is_own(spec)
        with open_server(spec, RunIdentity.new()) as other, ZipFile(tmp_path / "kept.zip", "w") as archive:
            with pytest.raises(NotKept, match="did not start"):
                other.keep([], archive)
            assert dict(other.kept) == {}


def test_damaged_files(tmp_path: Path) -> None:
    """A server that does not start with what was kept starts without, and says so."""
    told: list[str] = []
    with ZipFile(tmp_path / "kept.zip", "w") as archive:
        archive.writestr("data/postgresql.conf", "no data folder")
    with (
        ZipFile(tmp_path / "kept.zip") as archive,
        open_server("postgresql-18", RunIdentity.new(), notice=told.append, archive=archive) as server,
    ):
        assert dict(server.kept) == {}
        assert execute(postgres(server), "SELECT 1") == [(1,)]
    [notice] = told
    assert notice.startswith("the databases in the cache cannot be used: PostgreSQL 18 did not start")
