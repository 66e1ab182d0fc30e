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
from django_switchback.sandbox.interface import Address, NotASandbox
from django_switchback.sandbox.run_files import RunFiles, write_private
from django_switchback.worker.failure import failure_of
from django_switchback.worker.protocol import WorkerConfig

DUMP_COMMAND = ("pg_dump", "-Fc")
RESTORE_COMMAND = ("pg_restore", "--exit-on-error")
_BACKUP_API = f"SQLite {sqlite3.sqlite_version}, backup API"


class ProgramResult(NamedTuple):
    """The result of a dump or restore: the ``program`` with its version, its ``seconds``, its failure."""

    program: str
    seconds: float
    failure: Failure | None


class ProgramFailed(Exception):
    """A program was not found, ended with a status other than 0, or timed out."""


def dump(config: WorkerConfig, sandbox: Address, file: Path) -> ProgramResult:
    """Dump ``sandbox`` to ``file`` by ``pg_dump -Fc``, the project's own command, or SQLite's backup API.

    The project's command gets the database in libpq's variables (``PGHOST``, ``PGDATABASE`` ...) and writes
    a dump that ``pg_restore`` can read to standard output. Raises :class:`NotASandbox`.
    """
    _check(config, sandbox)
    if sandbox.engine == "sqlite":
        return _timed(_BACKUP_API, lambda: _copy(sandbox.name, str(file)))
    command = config.dump_command or DUMP_COMMAND
    with file.open("wb") as output:
        return _timed(
            _program_version(config, command[0]),
            lambda: _run_program(config, sandbox, command, output.fileno()),
        )


def restore(config: WorkerConfig, file: Path, sandbox: Address) -> ProgramResult:
    """Restore ``file`` into the empty ``sandbox``. Raises :class:`NotASandbox`."""
    _check(config, sandbox)
    if sandbox.engine == "sqlite":
        return _timed(_BACKUP_API, lambda: _copy(str(file), sandbox.name))
    command = (*RESTORE_COMMAND, "--dbname", sandbox.name, str(file))
    return _timed(
        _program_version(config, command[0]),
        lambda: _run_program(config, sandbox, command, subprocess.DEVNULL),
    )


def _check(config: WorkerConfig, sandbox: Address) -> None:
    # Dump programs bypass Django's connections, on which every other statement is checked.
    if not config.factory.owns(sandbox.name):
        raise NotASandbox(sandbox.name)


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


def _path(config: WorkerConfig) -> str:
    return os.pathsep.join((config.programs, os.environ.get("PATH", os.defpath)))


def _program_version(config: WorkerConfig, program: str) -> str:
    """Return the output of ``--version`` for PostgreSQL's programs, the name of any other program."""
    if program not in (DUMP_COMMAND[0], RESTORE_COMMAND[0]):
        return program
    executable = shutil.which(program, path=_path(config)) or program
    version = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)
    return version.stdout.strip() or program


def _run_program(config: WorkerConfig, sandbox: Address, command: tuple[str, ...], output: int) -> None:
    """Run a program with the database in its environment, so that no password is on a command line."""
    with _environment(config, sandbox) as environment:
        executable = shutil.which(command[0], path=environment["PATH"])
        if executable is None:
            raise ProgramFailed(f"program {command[0]} not found")
        try:
            done = subprocess.run(
                [executable, *command[1:]],
                env=environment,
                cwd=config.project,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=config.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(f"{command[0]} did not end within {error.timeout:g} s") from error
    if done.returncode != 0:
        output_text = done.stderr.decode("utf-8", "replace").strip()
        if sandbox.password:
            output_text = output_text.replace(sandbox.password, "***")
        raise ProgramFailed(
            f"{command[0]} ended with status {done.returncode}: {output_text or 'no error output'}"
        )


@contextmanager
def _environment(config: WorkerConfig, sandbox: Address) -> Iterator[dict[str, str]]:
    """Yield an environment whose libpq variables describe ``sandbox`` alone, not the caller's database."""
    libpq_variables = {
        "PGHOST": sandbox.host,
        "PGPORT": sandbox.port,
        "PGUSER": sandbox.user,
        "PGPASSWORD": sandbox.password,
        "PGDATABASE": sandbox.name,
    }
    environment = {
        **without_libpq_variables(os.environ),
        "PATH": _path(config),
        **{name: value for name, value in libpq_variables.items() if value},
    }
    if not sandbox.options:
        yield environment
        return
    # NOTE: not every parameter of a URL has an environment variable; a service file accepts all of them.
    # https://www.postgresql.org/docs/current/libpq-pgservice.html
    service = RunFiles(Path(config.folder)).service()
    lines = ["[sandbox]", *(f"{name}={value}" for name, value in sandbox.options)]
    write_private(service, "".join(f"{line}\n" for line in lines).encode())
    try:
        yield {**environment, "PGSERVICEFILE": str(service), "PGSERVICE": "sandbox"}
    finally:
        service.unlink()
