"""Runs a worker process: loads the project, describes it, and runs parts of the plan.

The coordinator starts it as ``python -m django_switchback.worker`` in the project's folder. It reads its
configuration and parts from standard input (see ``protocol.py``) and answers only in the log file named by
the environment variable that marks its processes: standard output belongs to the project's code.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import msgspec

from django_switchback.evidence import CacheFailed, DependenciesDescribed, PartFinished, ProjectRefused
from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address, SandboxError
from django_switchback.sandbox.processes import WORKER_VARIABLE
from django_switchback.sandbox.run_files import LogFiles
from django_switchback.worker.process.forking import can_be_forked, die_with_parent, peak_kib
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.process.process_state import process_state
from django_switchback.worker.project.manage_setup import is_djangos_own
from django_switchback.worker.protocol import WorkerConfig

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
    """Load the project, and run parts until standard input ends."""
    # Loading creates hardly any garbage.
    gc.disable()
    messages = _take_standard_input()
    process_state()
    die_with_parent(os.getppid())
    log_file = Path(os.environ[WORKER_VARIABLE])
    LogFiles(log_file).started().touch()
    _import_early()
    line = messages.readline()
    if not line:
        # The coordinator closed the pipe: this worker is not needed.
        return
    config = msgspec.json.decode(line, type=WorkerConfig)
    log = EvidenceWriter(log_file)
    loaded = _load(config, log)
    # Everything loaded so far is kept: collecting it would take a quarter of a second at the start.
    gc.freeze()
    gc.enable()
    gc.set_threshold(250_000, 8, 100)
    _run_parts(messages, log, loaded)


def _take_standard_input() -> BinaryIO:
    """Return the coordinator's stream and replace standard input by an empty one for the project's code."""
    messages = os.fdopen(os.dup(0), "rb")
    null_device = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null_device, 0)
    os.close(null_device)
    return messages


def _import_early() -> None:
    """Import modules that every project needs, unless a customised ``manage.py`` may change ``sys.path``."""
    try:
        if not is_djangos_own(Path("manage.py")):
            return
        for module in _EARLY_IMPORTS:
            importlib.import_module(module)
    except Exception:
        # Loading the project raises the same exception again and reports it.
        return


class _LoadedProject(NamedTuple):
    """A loaded project: sandboxes and migrators by alias, and the project's own scenarios."""

    config: WorkerConfig
    sandboxes: dict[str, Address]
    migrators: dict[str, Migrator]
    project_scenarios: LoadedScenarios


def _load(config: WorkerConfig, log: EvidenceWriter) -> _LoadedProject:
    """Load the project with its scenarios and describe it; record a load error and exit if that fails."""
    try:
        # Django is imported here for the first time: it may be missing.
        from django_switchback.worker.cycle import scenarios
        from django_switchback.worker.migrate.migrator import Migrator
        from django_switchback.worker.project import loading
        from django_switchback.worker.project.describe import describe
        from django_switchback.worker.project.seen_settings import seen_settings

        try:
            sandboxes, config = loading.load_project(config)
        finally:
            # The factory has the password of the sandboxes' server, whose URL may have been an option.
            log.redact_settings(*seen_settings(config.settings), msgspec.to_builtins(config.factory))
        root = Path(config.project)
        migrators = {alias: Migrator(alias) for alias in sandboxes}
        project_scenarios = scenarios.load_scenarios(
            Path(config.scenarios) if config.scenarios else None, root, next(iter(migrators.values())).loader
        )
        if config.describes_dependencies:
            # First: the coordinator plans as soon as it has the descriptions of all aliases.
            log.add(*_dependencies(config, migrators))
        log.add(*(describe(alias, migrator.loader, config) for alias, migrator in migrators.items()))
    # A project's settings may raise any exception, SystemExit included.
    except BaseException as error:
        from django_switchback.worker.project.load_error import load_error
        from django_switchback.worker.project.seen_settings import settings_in_traceback

        log.redact_settings(*settings_in_traceback(error))
        log.add(load_error(error, config))
        sys.exit(1)
    return _LoadedProject(config, sandboxes, migrators, project_scenarios)


def _dependencies(
    config: WorkerConfig, migrators: dict[str, Migrator]
) -> tuple[DependenciesDescribed, ...] | tuple[CacheFailed]:
    """Return what cycles depend on, or why that is not known: then they are rehearsed, and not kept."""
    from django_switchback.worker.dependencies.describe_dependencies import describe_dependencies

    try:
        return describe_dependencies(config, migrators)
    except Exception as error:
        # Values of settings, and modules, may be anything.
        traceback.print_exc()
        return (CacheFailed(reason=f"what they depend on is not known: {type(error).__name__}: {error}"),)


def _run_parts(messages: BinaryIO, log: EvidenceWriter, loaded: _LoadedProject) -> None:
    """Run each assigned part; every part after the first gets new sandboxes."""
    from django_switchback.worker import run_part
    from django_switchback.worker.guard import access_reports
    from django_switchback.worker.manage.preloaded_process import start_warm_process
    from django_switchback.worker.project import loading

    config = loaded.config
    warm_manage = start_warm_process(config.program)
    sandboxes = loaded.sandboxes
    sandboxes_used = False
    while line := messages.readline():
        part = msgspec.json.decode(line, type=Part)
        started = time.perf_counter()
        if sandboxes_used:
            try:
                sandboxes = loading.renew_sandboxes(config, sandboxes)
            except SandboxError as error:
                log.add(ProjectRefused(reason=str(error), server=True))
                sys.exit(1)
        sandboxes_used = True
        access_reports.record_unreported(log, part.database)
        with access_reports.reporting_to(access_reports.recorder(log, part.database)):
            sandboxes[part.alias] = run_part.run_part(
                config, part, log, sandboxes, loaded.migrators, loaded.project_scenarios, warm_manage
            )
        spent = not can_be_forked()
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
            # NOTE: without fork, the part ran in this process and may have closed the stream of messages.
            return


if __name__ == "__main__":
    main()
