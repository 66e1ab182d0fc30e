"""What the coordinator tells a worker, as JSON lines on the worker's standard input.

First a :class:`Job`, which the worker answers with a ``ProjectDescribed`` for each alias (or a
``ProjectRefused``) in its log, then a :class:`~django_switchback.project.plan.Part`. Nothing else is said;
all answers are evidence.
"""

from __future__ import annotations

import msgspec

from django_switchback.sandbox.factories import AnyFactory


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Which project to load and where to make sandboxes for it.

    ``log`` is the file to add records to, ``folder`` a folder of the run's own. ``timeout`` is in seconds.
    ``programs`` is the folder of ``pg_dump`` and ``pg_restore``, ``dump_command`` what is run instead of the
    first; a backup alone needs them.
    """

    project: str
    settings: str
    factory: AnyFactory
    log: str
    folder: str
    seed: int
    timeout: float
    programs: str = ""
    dump_command: tuple[str, ...] = ()
    scenarios: str = ""
    """The folder of the project's own scenarios; there need be none."""
