"""Close servers, which drops their sandboxes, and remove folders at the end of a run, also after Ctrl-C.

What a killed run leaves is removed by a later run, see ``sandbox/remove_abandoned.py``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from django_switchback.config.config import Config
from django_switchback.engine.evidence_collector import EvidenceCollector
from django_switchback.evidence import NotCleanedUp
from django_switchback.sandbox import folders
from django_switchback.sandbox.interface import Left, NotRemoved, SandboxError, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server


@contextmanager
def opened_server(
    spec: str,
    config: Config,
    run: RunIdentity,
    collector: EvidenceCollector,
    archive: ZipFile | None = None,
) -> Iterator[Server]:
    """Open the server that ``spec`` names, close it at the end and record what cannot be removed.

    A server of the run starts with the sandboxes in ``archive``.
    """
    notice, in_memory = collector.progress.note, config.rows is None
    with open_server(spec, run, notice=notice, in_memory=in_memory, archive=archive) as server:
        try:
            yield server
        finally:
            with _recorded(collector, server.name, f"the sandboxes of run {run.id}", "start any other run"):
                server.close()


@contextmanager
def run_folder(run: RunIdentity, collector: EvidenceCollector) -> Iterator[Path]:
    """Create a temporary folder for the logs and addresses of the workers."""
    path = folders.make_run_folder(run, "workers", folders.disk_places()[0])
    try:
        yield path
    finally:
        with _recorded(collector, "", str(path), f"rm -r {shlex.quote(str(path))}"):
            folders.remove_folder(path)


@contextmanager
def _recorded(collector: EvidenceCollector, database: str, name: str, command: str) -> Iterator[None]:
    """Record a failure to remove ``name`` instead of raising it, so that the report is not lost."""
    try:
        yield
    except (SandboxError, OSError) as error:
        leftovers = error.left if isinstance(error, NotRemoved) else (Left(name, str(error), command),)
        for item in leftovers:
            collector.add(NotCleanedUp(database, item.name, item.reason, item.command))
            collector.progress.note(f"{item.name} could not be removed: {item.reason}; run: {item.command}")
