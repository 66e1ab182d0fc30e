"""Promises of dump.py: no password where others can read it, and no database that is not ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from django_switchback.sandbox.interface import Address, NotASandbox
from django_switchback.sandbox.names import RunIdentity, random_serial
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.login import Login
from django_switchback.worker.phases.dump import dump, restore
from django_switchback.worker.protocol import WorkerConfig

SECRET = "hunter2"
LOGIN = Login(host="db.example", port="5433", user="ana", password=SECRET, options=(("sslmode", "require"),))
TELL = (
    "import json, os, sys, pathlib;"
    "service = os.environ.get('PGSERVICEFILE');"
    "print(json.dumps({'words': sys.argv, 'said': pathlib.Path(service).read_text() if service else '',"
    " **{k: v for k, v in os.environ.items() if k.startswith('PG')}}))"
)


def config(folder: Path, *command: str) -> WorkerConfig:
    """Return a config whose dumps are made by ``command``."""
    factory = PostgresFactory(run=RunIdentity.new(), login=LOGIN, major=15)
    return WorkerConfig(
        project=str(folder),
        settings="x",
        factory=factory,
        folder=str(folder),
        files=str(folder),
        seed=0,
        timeout=20.0,
        dump_command=command,
    )


def sandbox(told: WorkerConfig) -> Address:
    """Return a sandbox of the config's run."""
    assert isinstance(told.factory, PostgresFactory)
    return LOGIN.address(told.factory.run.name("head", random_serial()))


def test_what_a_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is in the environment, the caller's PG variables are not, options are in a file for us."""
    monkeypatch.setenv("PGOPTIONS", "-c search_path=evil")
    told = config(tmp_path, sys.executable, "-c", TELL)
    address = sandbox(told)
    done = dump(told, address, tmp_path / "dump")
    assert done.failure is None
    said = json.loads((tmp_path / "dump").read_text())
    assert SECRET not in " ".join(said.pop("words"))
    assert said.pop("said") == "[sandbox]\nsslmode=require\n"
    assert Path(said.pop("PGSERVICEFILE")).exists() is False
    assert said == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "ana",
        "PGPASSWORD": SECRET,
        "PGDATABASE": address.name,
        "PGSERVICE": "sandbox",
    }


def test_no_password_in_what_went_wrong(tmp_path: Path) -> None:
    """What a program says when it fails is told without the password."""
    told = config(tmp_path, sys.executable, "-c", "import os; raise SystemExit(os.environ['PGPASSWORD'])")
    done = dump(told, sandbox(told), tmp_path / "dump")
    assert done.failure is not None
    assert SECRET not in done.failure.message + done.failure.traceback
    assert "***" in done.failure.message


def test_a_program_that_hangs(tmp_path: Path) -> None:
    """A dump that runs past the time of a step is stopped."""
    told = config(tmp_path, sys.executable, "-c", "import time; time.sleep(60)")
    hasty = WorkerConfig(
        **{name: getattr(told, name) for name in WorkerConfig.__struct_fields__} | {"timeout": 0.5}
    )
    done = dump(hasty, sandbox(told), tmp_path / "dump")
    assert done.failure is not None
    assert "did not end within 0.5 s" in done.failure.message


@pytest.mark.parametrize("action", ["dump", "restore"])
def test_only_our_own_databases(tmp_path: Path, action: str) -> None:
    """Neither direction touches a database that this run did not make."""
    told = config(tmp_path, "true")
    live = LOGIN.address("live")
    with pytest.raises(NotASandbox):
        dump(told, live, tmp_path / "x") if action == "dump" else restore(told, tmp_path / "x", live)
