"""A worker: loads the project, describes it, and carries out shares of the plan.

Started by the coordinator as ``python -m django_switchback.worker`` in the project's folder. It is told what
to do on standard input (see ``protocol.py``) and answers in the log file alone, which the variable that marks
its processes names: standard output belongs to the project's code.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import msgspec

from django_switchback.evidence import PartFinished
from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.processes import WORKER_VARIABLE
from django_switchback.worker.process.forking import can_be_forked, die_with_parent, peak_kib
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.process.process_state import process_state
from django_switchback.worker.project.manage_setup import is_djangos_own
from django_switchback.worker.protocol import Job, started_path

if TYPE_CHECKING:
    from django_switchback.worker.cycle.scenarios import LoadedScenarios
    from django_switchback.worker.migrate.migrator import Migrator


_EARLY_IMPORTS = (
    "django_switchback.worker.cycle.scenarios",
    "django_switchback.worker.migrate.migrator",
    "django_switchback.worker.project.describe",
    "django_switchback.worker.project.loading",
)
"""Modules that every project needs, imported while servers start."""


def main() -> None:
    """Do one job to its end."""
    # Nothing that is loaded is garbage.
    gc.disable()
    control = _take_control_stream()
    process_state()
    die_with_parent(os.getppid())
    file = Path(os.environ[WORKER_VARIABLE])
    started_path(file).touch()
    _import_early()
    line = control.readline()
    if not line:
        # Nobody needs it.
        return
    job = msgspec.json.decode(line, type=Job)
    log = EvidenceWriter(file)
    loaded = _load(job, log)
    # What is loaded by now stays, with what little of it is garbage: to look at all takes a quarter of a
    # second, right at the start of the run.
    gc.freeze()
    gc.enable()
    gc.set_threshold(250_000, 8, 100)
    _run_parts(job, control, log, loaded)


def _take_control_stream() -> BinaryIO:
    """Return what the coordinator says; the project's code finds an empty standard input."""
    control = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return control


def _import_early() -> None:
    """Import what is needed whatever the project is, unless its ``manage.py`` has a say in where from."""
    try:
        if not is_djangos_own(Path("manage.py")):
            return
        for module in _EARLY_IMPORTS:
            importlib.import_module(module)
    except Exception:
        # Loading the project meets it again, and says so.
        return


class _LoadedProject(NamedTuple):
    """The project: by alias its sandboxes and what migrates them, and the scenarios of its own."""

    sandboxes: dict[str, Address]
    migrators: dict[str, Migrator]
    own: LoadedScenarios


def _load(job: Job, log: EvidenceWriter) -> _LoadedProject:
    """Load the project with its scenarios and describe it; where it cannot be loaded, say why and end."""
    try:
        # Django is imported here for the first time: it may be the very thing that is missing.
        from django_switchback.worker.cycle import scenarios
        from django_switchback.worker.migrate.migrator import Migrator
        from django_switchback.worker.project import loading
        from django_switchback.worker.project.describe import describe

        try:
            sandboxes = loading.load_project(job)
        finally:
            log.redact_settings(_settings(job))
            # Of the sandboxes' server: the URL that holds it may have come by an argument.
            log.redact_settings(msgspec.to_builtins(job.factory))
        root = Path(job.project)
        migrators = {alias: Migrator(alias) for alias in sandboxes}
        own = scenarios.load_scenarios(
            Path(job.scenarios) if job.scenarios else None, root, next(iter(migrators.values())).loader
        )
        log.add(*(describe(alias, migrator.loader, root) for alias, migrator in migrators.items()))
    # The settings of a project may raise anything at all, SystemExit included.
    except BaseException as error:
        from django_switchback.worker.project.load_error import half_loaded, load_error

        log.redact_settings(half_loaded(error))
        log.add(load_error(error, job))
        sys.exit(1)
    return _LoadedProject(sandboxes, migrators, own)


def _settings(job: Job) -> dict[str, object]:
    """Return what the project's settings hold, as far as they could be loaded."""
    module = sys.modules.get(job.settings)
    return {name: value for name, value in vars(module).items() if name.isupper()} if module else {}


def _run_parts(job: Job, control: BinaryIO, log: EvidenceWriter, loaded: _LoadedProject) -> None:
    """Carry out each part that is assigned, the next one on new sandboxes."""
    from django_switchback.worker import parts
    from django_switchback.worker.guard import foreign_access
    from django_switchback.worker.manage.warm_process import start_warm_process
    from django_switchback.worker.project import loading

    standby = start_warm_process()
    sandboxes = loaded.sandboxes
    used = False
    while line := control.readline():
        part = msgspec.json.decode(line, type=Part)
        started = time.perf_counter()
        if used:
            sandboxes = loading.renew_sandboxes(job, sandboxes)
        used = True
        foreign_access.record_unreported(log, part.database)
        with foreign_access.reporting_to(foreign_access.recorder(log, part.database)):
            sandboxes[part.alias] = parts.run_part(
                job, part, log, sandboxes, loaded.migrators, loaded.own, standby
            )
        spent = not can_be_forked()
        log.quiet = False
        log.add(
            PartFinished(
                database=part.database,
                part=part.name,
                seconds=time.perf_counter() - started,
                peak_kib=peak_kib(),
                spent=spent,
            )
        )
        if spent:
            # NOTE: what the parts did was done here, and may have closed what is read from.
            return


if __name__ == "__main__":
    main()
