"""What the coordinator tells a worker, as JSON lines on the worker's standard input.

First a :class:`Job`, which the worker answers with a ``ProjectDescribed`` for each alias (or a
``ProjectRefused``) in its log, then a :class:`~django_switchback.project.plan.Part`. Nothing else is said;
all answers are evidence.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from django_switchback.evidence import Keep
from django_switchback.sandbox.factories import AnyFactory


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Which project to load and where to make sandboxes for it.

    ``folder`` is one of the run's own. ``timeout`` is in seconds.
    ``programs`` is the folder of ``pg_dump`` and ``pg_restore``, ``dump_command`` what is run instead of the
    first; a backup alone needs them. ``rows`` is how many rows a table shall have where a few are not enough.
    """

    project: str
    settings: str
    factory: AnyFactory
    folder: str
    seed: int
    timeout: float
    programs: str = ""
    dump_command: tuple[str, ...] = ()
    rows: int | None = None
    scenarios: str = ""
    """The folder of the project's own scenarios; there need be none."""
    files: str
    """The folder of the run's that stands for those in which the project keeps files."""
    keep: tuple[Keep, ...] = ()
    """What of the project is not replaced."""


def started_path(log: Path) -> Path:
    """Return the file by which a worker that writes to ``log`` says that it has started."""
    return log.with_suffix(".started")


def secrets_path(log: Path) -> Path:
    """Return the file in which a worker that writes to ``log`` keeps the project's secrets, a JSON list."""
    return log.with_suffix(".secrets")
