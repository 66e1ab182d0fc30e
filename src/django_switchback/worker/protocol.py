"""Defines the messages from the coordinator to a worker: JSON lines on the worker's standard input.

The first line is a :class:`WorkerConfig`, which the worker answers in its log with a ``ProjectDescribed``
for each alias (or a ``ProjectRefused``). Each further line is a
:class:`~django_switchback.project.plan.Part`. Workers answer only by evidence in their logs.
"""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Keep
from django_switchback.sandbox.factories import AnyFactory


class Program(msgspec.Struct, frozen=True):
    """The project's own program in place of ``manage.py`` (``--manage``).

    ``typed`` is how a user types it, ``words`` are the arguments of the interpreter: a file, or ``-m`` and a
    module, and further words. ``settings`` is what ``DJANGO_SETTINGS_MODULE`` is when it starts.
    """

    typed: tuple[str, ...]
    words: tuple[str, ...]
    settings: str = ""


class WorkerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The project to load, and the factory that creates sandboxes for it.

    ``folder`` belongs to the run. ``timeout`` is in seconds. ``programs`` is the folder of ``pg_dump`` and
    ``pg_restore``, ``dump_command`` a replacement for ``pg_dump``; only a backup uses them. ``rows`` is the
    number of rows per table requested by ``--rows``.
    """

    project: str
    settings: str
    """The settings module; empty if ``program`` sets it."""
    program: Program | None = None
    factory: AnyFactory
    folder: str
    seed: int
    timeout: float
    programs: str = ""
    dump_command: tuple[str, ...] = ()
    rows: int | None = None
    scenarios: str = ""
    """The folder of the project's own scenarios; empty if it has none."""
    files: str
    """The folder of the run that replaces the project's media and other file storage."""
    keep: tuple[Keep, ...] = ()
    """The parts of the project that are not replaced (``--keep``)."""
    cached: bool = False
    """Whether results are kept: the files that the project reads are recorded."""
    describes_dependencies: bool = False
    """Whether this worker describes what cycles depend on, before it describes the project."""
    deploy_window: bool = True
    """Whether the deploy window is judged (``--no-deploy-window``)."""
    cycles_only: bool = False
    """Whether nothing is tried beside the steps of each cycle."""
