"""From a database SPEC to a server to make sandboxes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import MAJORS, Notice, Server, UnknownDatabase
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.postgresql import binaries, server, url
from django_switchback.sandbox.reaper import reap_databases, reap_folders
from django_switchback.sandbox.sqlite import SqliteServer

_MAJOR_OF = {"postgresql": None, **{f"postgresql-{major}": major for major in MAJORS}}


def ignore_notice(_: str) -> None:
    """Say nothing."""


@contextmanager
def open_server(
    spec: str, run: RunIdentity, *, notice: Notice = ignore_notice, in_memory: bool = True
) -> Iterator[Server]:
    """Give the server that ``spec`` (design.md, section 4) names, and at the end leave nothing of it.

    What killed runs left behind on this machine and on that server is removed first; ``notice`` is told.
    ``in_memory`` lets the files of a server of ours lie in memory, where it has room: for a run of few rows.
    Raises :class:`UsageError` for a SPEC that cannot be served here, :class:`SandboxError` where a server
    refuses or does not start.
    """
    reap_folders(folders.places(), now=time.time(), notice=notice)
    opened = _open(spec, run, notice, in_memory=in_memory)
    try:
        yield opened
    finally:
        opened.close()


def _open(spec: str, run: RunIdentity, notice: Notice, *, in_memory: bool) -> Server:
    if spec == "sqlite":
        return SqliteServer(run, in_memory=in_memory)
    if spec in _MAJOR_OF:
        return server.start_server(binaries.find_server_programs(_MAJOR_OF[spec]), run, in_memory=in_memory)
    if spec.partition("://")[0] in url.SCHEMES:
        opened = url.open_url(spec, run)
        reap_databases(opened.factory(), now=time.time(), notice=notice)
        return opened
    raise UnknownDatabase(spec)
