"""Open the server that a database SPEC names, and clean it up at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile, ZipFile

from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import MAJORS, Notice, SandboxError, Server, UnknownDatabase
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.postgresql import binaries, server, url
from django_switchback.sandbox.remove_abandoned import drop_abandoned_databases, remove_abandoned_folders
from django_switchback.sandbox.sqlite import SqliteServer

_MAJOR_OF = {"postgresql": None, **{f"postgresql-{major}": major for major in MAJORS}}


def ignore_notice(_: str) -> None:
    """Discard the message."""


@contextmanager
def open_server(
    spec: str,
    run: RunIdentity,
    *,
    notice: Notice = ignore_notice,
    in_memory: bool = True,
    archive: ZipFile | None = None,
) -> Iterator[Server]:
    """Open the server that ``spec`` names, and remove everything of the run from it at the end.

    First removes, and reports to ``notice``, what killed runs left on this machine and on that server.
    ``in_memory`` stores the files of a temporary server in memory, if it has room: for runs with few rows.
    A server of the run starts with the sandboxes in ``archive``, or without any if it cannot.
    Raises :class:`UsageError` for a SPEC without a server here, :class:`SandboxError` if a server rejects the
    connection or does not start.
    """
    remove_abandoned_folders(folders.places(), now=time.time(), notice=notice)
    opened = _open(spec, run, notice, in_memory=in_memory, archive=archive)
    try:
        yield opened
    finally:
        opened.close()


def _open(spec: str, run: RunIdentity, notice: Notice, *, in_memory: bool, archive: ZipFile | None) -> Server:
    if archive is not None and is_own(spec):
        try:
            return _start(spec, run, in_memory=in_memory, archive=archive)
        except (BadZipFile, OSError, SandboxError) as error:
            notice(f"the databases in the cache cannot be used: {error}")
    if is_own(spec):
        return _start(spec, run, in_memory=in_memory)
    if spec.partition("://")[0] in url.SCHEMES:
        opened = url.open_url(spec, run)
        drop_abandoned_databases(opened.factory(), now=time.time(), notice=notice)
        return opened
    raise UnknownDatabase(spec)


def is_own(spec: str) -> bool:
    """Return whether ``spec`` names a server that the run starts, or files of SQLite."""
    return spec == "sqlite" or spec in _MAJOR_OF


def _start(spec: str, run: RunIdentity, *, in_memory: bool, archive: ZipFile | None = None) -> Server:
    if spec == "sqlite":
        return SqliteServer(run, in_memory=in_memory, archive=archive)
    programs = binaries.find_server_programs(_MAJOR_OF[spec])
    return server.start_server(programs, run, in_memory=in_memory, archive=archive)
