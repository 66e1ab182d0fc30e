"""Dumps one sandbox to a file, and restores the file into another sandbox."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from django_switchback.evidence import Failure
from django_switchback.sandbox.environment import without_libpq_variables
from django_switchback.sandbox.interface import Address, ForeignDatabase
from django_switchback.worker.failure import failure_of
from django_switchback.worker.protocol import Job

DUMP_COMMAND = ("pg_dump", "-Fc")
RESTORE_COMMAND = ("pg_restore", "--exit-on-error")
_BACKUP_API = f"SQLite {sqlite3.sqlite_version}, backup API"


class ProgramResult(NamedTuple):
    """What one of the two came to: which ``program`` ran, for how many ``seconds``, and what went wrong."""

    program: str
    seconds: float
    failure: Failure | None


class ProgramFailed(Exception):
    """A program ended with a status other than 0, or did not end in time."""


def dump(job: Job, sandbox: Address, file: Path) -> ProgramResult:
    """Write ``sandbox`` to ``file``: by ``pg_dump -Fc`` or the project's own command, or SQLite's API.

    The project's command finds the database in ``PGHOST``, ``PGDATABASE`` and the like, writes to standard
    output, and may be anything whose output ``pg_restore`` reads. Raises :class:`ForeignDatabase`.
    """
    _check(job, sandbox)
    if sandbox.engine == "sqlite":
        return _timed(_BACKUP_API, lambda: _copy(sandbox.name, str(file)))
    words = job.dump_command or DUMP_COMMAND
    with file.open("wb") as output:
        return _timed(_named(job, words[0]), lambda: _run(job, sandbox, words, output.fileno()))


def restore(job: Job, file: Path, sandbox: Address) -> ProgramResult:
    """Read ``file`` into ``sandbox``, which is empty. Raises :class:`ForeignDatabase`."""
    _check(job, sandbox)
    if sandbox.engine == "sqlite":
        return _timed(_BACKUP_API, lambda: _copy(str(file), sandbox.name))
    words = (*RESTORE_COMMAND, "--dbname", sandbox.name, str(file))
    return _timed(_named(job, words[0]), lambda: _run(job, sandbox, words, subprocess.DEVNULL))


def _check(job: Job, sandbox: Address) -> None:
    # These do not go through Django's connections, where every other statement is checked.
    if not job.factory.owns(sandbox.name):
        raise ForeignDatabase(sandbox.name)


def _timed(program: str, action: Callable[[], None]) -> ProgramResult:
    started = time.perf_counter()
    failure: Failure | None = None
    try:
        action()
    except (ProgramFailed, OSError, sqlite3.Error) as error:
        failure = failure_of(error)
    return ProgramResult(program, time.perf_counter() - started, failure)


def _copy(source: str, target: str) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


def _path(job: Job) -> str:
    return os.pathsep.join((job.programs, os.environ.get("PATH", os.defpath)))


def _named(job: Job, program: str) -> str:
    """Return the program with its version, if it is one of PostgreSQL's."""
    if program not in (DUMP_COMMAND[0], RESTORE_COMMAND[0]):
        return program
    found = shutil.which(program, path=_path(job)) or program
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or program


def _run(job: Job, sandbox: Address, words: tuple[str, ...], output: int) -> None:
    """Run a program that finds the database in its environment: no password is on a command line."""
    with _environment(job, sandbox) as environment:
        found = shutil.which(words[0], path=environment["PATH"])
        if found is None:
            raise ProgramFailed(f"there is no program {words[0]}")
        try:
            done = subprocess.run(
                [found, *words[1:]],
                env=environment,
                cwd=job.project,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=job.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(f"{words[0]} did not end within {error.timeout:g} s") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        told = said.replace(sandbox.password, "***") if sandbox.password else said
        raise ProgramFailed(f"{words[0]} ended with status {done.returncode}: {told or 'it said nothing'}")


@contextmanager
def _environment(job: Job, sandbox: Address) -> Iterator[dict[str, str]]:
    """Give the environment in which libpq finds ``sandbox`` and nothing of the caller's."""
    given = {
        "PGHOST": sandbox.host,
        "PGPORT": sandbox.port,
        "PGUSER": sandbox.user,
        "PGPASSWORD": sandbox.password,
        "PGDATABASE": sandbox.name,
    }
    found = {
        **without_libpq_variables(os.environ),
        "PATH": _path(job),
        **{name: value for name, value in given.items() if value},
    }
    if not sandbox.options:
        yield found
        return
    # NOTE: what else a URL says has no variable of its own for each parameter; a service file has them all.
    # https://www.postgresql.org/docs/current/libpq-pgservice.html
    service = Path(job.folder, f"service-{os.getpid()}.conf")
    lines = ["[sandbox]", *(f"{name}={value}" for name, value in sandbox.options)]
    descriptor = os.open(service, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    try:
        yield {**found, "PGSERVICEFILE": str(service), "PGSERVICE": "sandbox"}
    finally:
        service.unlink()
