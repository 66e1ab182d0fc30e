"""Run a rehearsal: start the servers, run the plan on workers, collect the evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from django_switchback.cache.folder import CacheFolder, UnusableCache
from django_switchback.cache.histories import HistoryCache
from django_switchback.cache.reuse import RunOptions
from django_switchback.cache.run_cache import RunCache
from django_switchback.clean_up import opened_server, run_folder
from django_switchback.config.config import Config
from django_switchback.engine.evidence_collector import EvidenceCollector
from django_switchback.engine.planning import server_identity
from django_switchback.engine.workers import WorkerPool
from django_switchback.errors import UNFINISHED_STATUS, SwitchbackError, UsageError, system_error_text
from django_switchback.evidence import (
    AcknowledgementLimits,
    AnyRecord,
    CacheFailed,
    CheckName,
    DatabaseBroken,
    RunFinished,
    RunStarted,
    RunStopped,
    SeveritySetting,
    Shard,
    read_baseline,
)
from django_switchback.progress.interface import Progress
from django_switchback.project.changes import changed_since, folder_in_repository
from django_switchback.project.plan import BACKUP_PARTS, REHEARSAL_PARTS, TIMING_PARTS, PartKind
from django_switchback.project.targets import TargetSelection
from django_switchback.sandbox.interface import Engine, SandboxError, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import is_own
from django_switchback.sandbox.orphaned_processes import orphans_ended
from django_switchback.sandbox.postgresql import clients
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.signals import StopRequested, ignore_stop_signals, time_limited
from django_switchback.version import version

PARTS_BY_CHECK: dict[CheckName, tuple[PartKind, ...]] = {
    "migrations": REHEARSAL_PARTS,
    "performance": TIMING_PARTS,
    "backup-verification": BACKUP_PARTS,
}


def rehearse(
    config: Config,
    progress: Progress,
    log: Path,
    check: CheckName = "migrations",
    *,
    stopped: Callable[[tuple[AnyRecord, ...]], None] = lambda _: None,
) -> tuple[AnyRecord, ...]:
    """Rehearse the project on every database; return the evidence, which is also written to ``log``.

    ``check`` selects the parts of the plan to run. A run that is interrupted, reaches its time limit or loses
    a server returns the records so far, and passes them to ``stopped`` before the clean-up, which may take
    time. Everything that the run created is removed; failures to do so are recorded. Raises
    :class:`UsageError` for invalid input.
    """
    began = time.monotonic()
    run = RunIdentity.new()
    started = run_started(config, run.id, check)
    collector = EvidenceCollector(log, progress)
    selection = target_selection(config)
    collector.add(started)
    with ExitStack() as stack:
        # Entered first, so left last: by then everything that the run itself started has ended.
        stack.enter_context(orphans_ended())
        ended = _ended(
            lambda: _work(config, selection, collector, run, check, stack), config.time_limit, began=began
        )
        if isinstance(ended, RunStopped):
            collector.add(ended)
            stopped(tuple(collector.records))
    if isinstance(ended, RunFinished):
        collector.add(msgspec.structs.replace(ended, seconds=time.monotonic() - began))
    return tuple(collector.records)


def _work(
    config: Config,
    selection: TargetSelection,
    collector: EvidenceCollector,
    run: RunIdentity,
    check: CheckName,
    stack: ExitStack,
) -> None:
    """Start the servers and run the plan on a worker pool; clean-up is registered on ``stack``."""
    folder = stack.enter_context(run_folder(run, collector))
    cache = _cache(config, collector) if check == "migrations" else None
    if cache is not None:
        stack.callback(cache.results.close)
    pool = stack.enter_context(WorkerPool(config, selection, collector, folder, PARTS_BY_CHECK[check], cache))
    servers = _servers(config, run, collector, stack, cache)
    opened = list(servers.values())
    pool.run(opened, _programs(opened, folder) if check == "backup-verification" else {})
    if cache is not None:
        _keep_histories(cache.histories, servers, folder, collector)


def _cache(config: Config, collector: EvidenceCollector) -> RunCache | None:
    """Open the cache; record why if it cannot be used."""
    if config.cache is None:
        return None
    folder = CacheFolder(config.cache)
    try:
        folder.create()
    except UnusableCache as error:
        collector.add(CacheFailed(reason=str(error)))
        return None
    options = RunOptions(
        project=str(config.project),
        settings=config.settings,
        program=repr(config.manage),
        scenarios="" if config.scenarios is None else str(config.scenarios),
        seed=config.seed,
        timeout=config.timeout,
        rows=config.rows,
        keep=config.keep,
        deploy_window=not config.no_deploy_window,
    )
    return RunCache.of(folder, options, time.time())


def _keep_histories(
    histories: HistoryCache, servers: Mapping[str, Server], folder: Path, collector: EvidenceCollector
) -> None:
    """Keep databases on the way to head of the run's own servers, which can only be closed afterwards."""
    for spec, server in servers.items():
        failed = histories.keep(spec, server, server_identity(server), folder) if is_own(spec) else None
        if failed is not None:
            collector.add(failed)


def _servers(
    config: Config,
    run: RunIdentity,
    collector: EvidenceCollector,
    stack: ExitStack,
    cache: RunCache | None,
) -> dict[str, Server]:
    """Open the servers, by their SPECs; one that fails is recorded as broken.

    Raises the last error if all of them fail.
    """
    servers: dict[str, Server] = {}
    for index, spec in enumerate(config.databases, 1):
        name = spec.partition("://")[0]
        collector.progress.note(f"starting {name}")
        try:
            with nullcontext() if cache is None else cache.histories.archive(spec) as archive:
                servers[spec] = stack.enter_context(opened_server(spec, config, run, collector, archive))
                if cache is not None and archive is not None:
                    cache.histories.opened(servers[spec], archive)
        except SandboxError as error:
            if index == len(config.databases) and not servers:
                raise
            engine: Engine = "sqlite" if name == "sqlite" else "postgresql"
            collector.add(DatabaseBroken(name, str(error), engine))
    return servers


def _ended(work: Callable[[], None], limit: float | None, *, began: float) -> RunFinished | RunStopped:
    """Call ``work`` and return how the run ended. Raises :class:`UsageError`."""
    try:
        with time_limited(limit):
            work()
        # A signal from here on would interrupt the clean-up, and nothing is left to be stopped.
        ignore_stop_signals()
    except StopRequested as stop:
        return RunStopped(reason=stop.reason, status=stop.status, seconds=time.monotonic() - began)
    except UsageError:
        raise
    except (SwitchbackError, OSError) as error:
        reason = system_error_text(error) if isinstance(error, OSError) else str(error)
        return RunStopped(reason=reason, status=UNFINISHED_STATUS, seconds=time.monotonic() - began)
    return RunFinished(seconds=time.monotonic() - began)


def _programs(servers: Sequence[Server], folder: Path) -> dict[str, str]:
    """Map server names to folders of ``pg_dump`` and ``pg_restore``."""
    factories = {server.name: server.factory() for server in servers}
    return {
        name: str(clients.find_client_programs(factory, RunFiles(folder).client_programs()))
        for name, factory in factories.items()
        if isinstance(factory, PostgresFactory)
    }


def target_selection(config: Config) -> TargetSelection:
    """Return the target selection of ``config``."""
    return TargetSelection(
        apps=config.apps,
        migrations=config.migrations,
        last=config.last,
        all=config.all,
        changed=config.changed if config.since is None else changed_since(config.since, config.project),
    )


def _acknowledgement_limits(config: Config) -> dict[str, dict[str, AcknowledgementLimits]]:
    limits = {
        migration: {
            rule: AcknowledgementLimits(entry.content, entry.until.isoformat() if entry.until else "")
            for rule, entry in entries.items()
            if entry.content or entry.until
        }
        for migration, entries in config.acknowledge.items()
    }
    return {migration: entries for migration, entries in limits.items() if entries}


def _typed_from(folder: Path, file: Path) -> str:
    """Return ``file`` relative to ``folder``, or by its name alone if it does not lie below."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def run_started(config: Config, run: str, check: CheckName = "migrations") -> RunStarted:
    """Return the first record of the run that has the id ``run``."""
    return RunStarted(
        id=run,
        seed=config.seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        project=config.project.name,
        settings=config.settings,
        version=version(),
        fail_on=config.fail_on,
        acknowledged={
            migration: {rule: entry.reason for rule, entry in entries.items()}
            for migration, entries in config.acknowledge.items()
        },
        acknowledgement_limits=_acknowledgement_limits(config),
        baseline=read_baseline(config.baseline) if config.baseline and check == "migrations" else None,
        shard=Shard(*config.shard) if config.shard and check == "migrations" else None,
        severities=tuple(SeveritySetting(*entry) for entry in config.severity),
        deploy_window=not config.no_deploy_window,
        check=check,
        budgets=config.budgets,
        kept=config.keep,
        own_url=config.own_url,
        folder=folder_in_repository(config.project),
        manage_path=_typed_from(Path.cwd(), config.project / "manage.py"),
    )
