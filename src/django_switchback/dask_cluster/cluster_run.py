"""Rehearse on a Dask cluster: one shard for each worker, merged to the evidence of one run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from django_switchback import evidence
from django_switchback.config.config import Config
from django_switchback.dask_cluster.run_shard import (
    ShardResult,
    describe_machine,
    differences,
    redactor_of,
    run_shard,
)
from django_switchback.dask_cluster.scheduler_address import scheduler_address
from django_switchback.errors import UNFINISHED_STATUS, WRONG_USAGE_STATUS, SwitchbackError, UsageError
from django_switchback.evidence import AnyRecord, KnownFinding, RunStarted, RunStopped, Shard
from django_switchback.pipeline import run_started
from django_switchback.progress.interface import Progress
from django_switchback.project.shards import durations_of
from django_switchback.signals import StopRequested

CONNECT_SECONDS = 10
POLL_SECONDS = 5.0
MAX_SECONDS_WITHOUT_WORKERS = 60.0
"""A worker that its nanny starts again is back by then."""


class ClusterExtraMissing(UsageError):
    """Reports that Dask is not installed."""

    def __init__(self) -> None:
        super().__init__("--cluster needs Dask distributed: pip install 'django-switchback[cluster]'")


class NoScheduler(SwitchbackError):
    """Reports a scheduler that does not answer."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"no Dask scheduler answers at {address}: {reason}")


class UnfitWorkers(UsageError):
    """Reports a cluster without workers, or with one that differs from this machine."""

    def __init__(self, problems: Sequence[str]) -> None:
        what = "; ".join(problems) or "it has no workers"
        super().__init__(
            f"the cluster cannot rehearse this project: {what}; expected workers with the same versions of "
            "Switchback, Python and Django, and the project at the same path with the same files"
        )


class ScenariosElsewhere(UsageError):
    """Reports a folder of scenarios that workers do not have."""

    def __init__(self, scenarios: Path, project: Path) -> None:
        super().__init__(
            f"--scenarios {scenarios} does not lie in the project: workers of --cluster have only what lies "
            f"in {project}"
        )


class NoWorkersLeft(SwitchbackError):
    """Reports that all workers of the cluster are gone."""

    def __init__(self) -> None:
        super().__init__("the cluster has no workers any more")


class SchedulerLost(SwitchbackError):
    """Reports that the scheduler is gone: Dask cancels all that it was asked for."""

    def __init__(self) -> None:
        super().__init__("the connection to the scheduler was lost")


class _Cluster(NamedTuple):
    """For each worker the executor that prefers it; ``has_workers`` tells whether any is left."""

    executors: tuple[Executor, ...]
    has_workers: Callable[[], bool]


def rehearse_on_cluster(
    config: Config,
    progress: Progress,
    log: Path,
    *,
    stopped: Callable[[tuple[AnyRecord, ...]], None] = lambda _: None,
) -> tuple[AnyRecord, ...]:
    """Rehearse a shard on each worker; return the evidence of all, which is also written to ``log``.

    Dask runs the shard of a lost worker on another one. Raises :class:`UsageError` for workers that do not
    fit, and for what a shard refuses.
    """
    address = scheduler_address(config)
    if importlib.util.find_spec("distributed") is None:
        raise ClusterExtraMissing
    sent = _to_send(config)
    known = run_started(config, "").baseline
    expected = describe_machine(str(sent.project), sent.python)
    records: list[AnyRecord] = []
    with _connected(address, sent, expected) as cluster:
        total = len(cluster.executors)
        configs = [msgspec.structs.replace(sent, shard=(number, total)) for number in range(1, total + 1)]
        progress.note(f"{total} workers at {address} rehearse one shard each")
        futures: list[Future[ShardResult]] = []
        try:
            for own, executor in zip(configs, cluster.executors, strict=True):
                futures.append(executor.submit(run_shard, own, expected))
            for number, outcome in _arrivals(futures, cluster):
                if not records and isinstance(outcome, ShardResult) and outcome.status == WRONG_USAGE_STATUS:
                    # Nothing is lost by ending here. Later ones must not cost what others have found.
                    raise UsageError(f"shard {number}/{total}: {outcome.errors}")
                found = tuple(
                    _with_baseline(record, known)
                    for record in _records(configs[number - 1], Shard(number, total), outcome)
                )
                progress.note(f"shard {number}/{total}: {len(found)} records")
                evidence.write(log, found)
                records += found
        except StopRequested as stop:
            ended = RunStopped(reason=stop.reason, status=stop.status, seconds=0.0)
            records.append(ended)
            evidence.write(log, [ended])
            stopped(tuple(records))
        finally:
            for future in futures:
                future.cancel()
    return tuple(records)


@contextmanager
def _connected(address: str, config: Config, expected: Mapping[str, str]) -> Iterator[_Cluster]:
    """Connect to the scheduler, all workers of which have to be as ``expected``."""
    from distributed import Client

    try:
        # distributed has no types.
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise NoScheduler(address, str(error) or type(error).__name__) from error
    with client:
        found: dict[str, Any] = client.run(
            describe_machine, str(config.project), config.python, on_error="return"
        )
        problems = [
            f"{worker}: {problem}"
            for worker, facts in sorted(found.items())
            if (problem := _problem(facts, expected))
        ]
        if problems or not found:
            raise UnfitWorkers(problems)
        executors = (
            client.get_executor(pure=False, workers=[worker], allow_other_workers=True)
            for worker in sorted(found)
        )
        yield _Cluster(tuple(executors), partial(_has_workers, client))


def _has_workers(client: Any) -> bool:
    """Return whether any worker is left; without the scheduler there is none."""
    try:
        return bool(client.nthreads())
    except (OSError, ValueError):
        return False


def _problem(facts: object, expected: Mapping[str, str]) -> str:
    if isinstance(facts, dict):
        return differences(facts, dict(expected))
    return f"{type(facts).__name__}: {facts}"


def _to_send(config: Config) -> Config:
    """Return the config for a worker, which writes no file, and reads none that only this machine has.

    Raises :class:`UsageError` for scenarios that lie elsewhere than in the project.
    """
    if config.scenarios is not None and not config.scenarios.is_relative_to(config.project):
        raise ScenariosElsewhere(config.scenarios, config.project)
    durations = durations_of(map(evidence.read, config.shard_weights))
    return msgspec.structs.replace(
        config,
        cluster=None,
        evidence=None,
        baseline=None,
        shard_weights=(),
        durations=tuple((*key, seconds) for key, seconds in durations.items()),
        python="" if config.python == sys.executable else config.python,
        **dict.fromkeys(config.reports, None),
    )


def _arrivals(
    futures: Sequence[Future[ShardResult]], cluster: _Cluster
) -> Iterator[tuple[int, ShardResult | Exception]]:
    """Yield what each shard gives back, as soon as it does, with its number.

    After some time without any worker that is :class:`NoWorkersLeft` for all that are left.
    """
    pending = {future: number for number, future in enumerate(futures, 1)}
    without = 0
    while pending and without * POLL_SECONDS < MAX_SECONDS_WITHOUT_WORKERS:
        done, _ = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: pending[future]):
            yield pending.pop(future), _outcome(future)
        without = 0 if done or cluster.has_workers() else without + 1
    for number in pending.values():
        yield number, NoWorkersLeft()


def _outcome(future: Future[ShardResult]) -> ShardResult | Exception:
    try:
        return future.result()
    except CancelledError:
        return SchedulerLost()
    # Whatever Dask or the worker raises: a lost worker, a full disk.
    except Exception as error:
        return error


def _records(config: Config, shard: Shard, outcome: ShardResult | Exception) -> tuple[AnyRecord, ...]:
    """Return the evidence of ``shard``; of one that was lost what there is, and the reason."""
    if isinstance(outcome, Exception):
        return _lost(config, shard, (), f"{type(outcome).__name__}: {outcome}")
    records, length = evidence.decode_log(outcome.log)
    if outcome.status != 0 or not records:
        return _lost(config, shard, records, outcome.errors or f"its process ended with {outcome.status}")
    if length < len(outcome.log):
        return _lost(config, shard, records, "its log is cut short or damaged")
    return tuple(records)


def _with_baseline(record: AnyRecord, known: tuple[KnownFinding, ...] | None) -> AnyRecord:
    return msgspec.structs.replace(record, baseline=known) if isinstance(record, RunStarted) else record


def _lost(config: Config, shard: Shard, records: Sequence[AnyRecord], reason: str) -> tuple[AnyRecord, ...]:
    """Return ``records`` of a lost shard, at least the first one of its run, and the reason at the end."""
    told = redactor_of(config).traceback(f"shard {shard} was lost: {reason}")
    stop = RunStopped(reason=told, status=UNFINISHED_STATUS, seconds=0.0)
    return (*(records or (run_started(config, f"shard-{shard.number}"),)), stop)
