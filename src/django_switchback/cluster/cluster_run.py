"""Rehearse on a Dask cluster: one shard for each worker, merged to the evidence of one run."""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from django_switchback import evidence
from django_switchback.cluster.shard_job import (
    LOG,
    ShardResult,
    describe_machine,
    differences,
    encode_config,
    run_shard,
)
from django_switchback.config.config import Config
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import AnyRecord, RunStarted, RunStopped, Shard
from django_switchback.progress.interface import Progress
from django_switchback.signals import StopRequested
from django_switchback.version import version

CONNECT_SECONDS = 10
POLL_SECONDS = 5.0
MAX_SECONDS_WITHOUT_WORKERS = 60.0
"""A worker that its nanny starts again is back by then."""
WRONG_USAGE, UNFINISHED = 2, 3
"""Exit statuses."""


class ClusterExtraMissing(UsageError):
    """Reports that Dask is not installed."""

    def __init__(self) -> None:
        super().__init__("--cluster needs Dask distributed: pip install 'django-switchback[cluster]'")


class NoScheduler(SwitchbackError):
    """Reports a scheduler that does not answer."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"no Dask scheduler answers at {address}: {reason}")


class UnreadableSchedulerFile(UsageError):
    """Reports a file that no scheduler wrote."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot read {path} as the file of a Dask scheduler: {reason}; expected what dask scheduler "
            "--scheduler-file writes, or an address such as tcp://scheduler:8786"
        )


class UnfitWorkers(UsageError):
    """Reports a cluster without workers, or with one that differs from this machine."""

    def __init__(self, problems: Sequence[str]) -> None:
        what = "; ".join(problems) or "it has no workers"
        super().__init__(
            f"the cluster cannot rehearse this project: {what}; expected workers with the same versions of "
            "Switchback, Python and Django, and the project at the same path with the same files"
        )


class NoWorkersLeft(SwitchbackError):
    """Reports that all workers of the cluster are gone."""

    def __init__(self) -> None:
        super().__init__("the cluster has no workers any more")


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
    expected = describe_machine(str(config.project))
    records: list[AnyRecord] = []
    with _connected(address, str(config.project), expected) as cluster:
        total = len(cluster.executors)
        weights = tuple(map(_contents, config.shard_weights))
        progress.note(f"{total} workers at {address} rehearse one shard each")
        futures: list[Future[ShardResult]] = []
        try:
            for number, executor in enumerate(cluster.executors, 1):
                own = encode_config(_of_shard(config, number, total))
                futures.append(executor.submit(run_shard, own, weights, expected))
            for number, future in enumerate(futures, 1):
                shard = Shard(number, total)
                found = _records(config, shard, partial(_result, future, cluster), log)
                progress.note(f"shard {shard}: {len(found)} records")
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


def warning(config: Config) -> str:
    """Return a warning if the connection to the scheduler can be read or used by others, else nothing."""
    address = scheduler_address(config)
    if not is_open(address):
        return ""
    return (
        f"WARNING: {address} is another machine, without TLS: whoever can reach it can run code on all "
        "workers, and whoever listens reads what is sent. Use tls:// (docs/how-to/several-machines.md)."
    )


def scheduler_address(config: Config) -> str:
    """Return the address of ``--cluster``, or the one in its scheduler file."""
    text = config.cluster or ""
    if "://" in text:
        return text
    cluster = Path(text)
    try:
        return str(json.loads(cluster.read_bytes())["address"])
    except OSError as error:
        raise UnreadableSchedulerFile(cluster, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableSchedulerFile(cluster, f"{type(error).__name__}: {error}") from error


def is_open(address: str) -> bool:
    """Return whether ``address`` is another machine's, without TLS."""
    parts = urlsplit(address)
    return parts.scheme != "tls" and not _is_here(parts.hostname or "")


def _is_here(host: str) -> bool:
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(found).is_loopback or _can_bind(found) for found in addresses)


def _can_bind(address: str) -> bool:
    """Return whether ``address`` belongs to this machine: no other can be bound to."""
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


@contextmanager
def _connected(address: str, project: str, expected: Mapping[str, str]) -> Iterator[_Cluster]:
    """Connect to the scheduler, all workers of which have to be as ``expected``."""
    from distributed import Client

    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise NoScheduler(address, str(error) or type(error).__name__) from error
    with client:
        found: dict[str, Any] = client.run(describe_machine, project, on_error="return")
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
        yield _Cluster(tuple(executors), lambda: bool(client.nthreads()))


def _problem(facts: object, expected: Mapping[str, str]) -> str:
    if isinstance(facts, dict):
        return differences(facts, dict(expected))
    return f"{type(facts).__name__}: {facts}"


def _of_shard(config: Config, number: int, total: int) -> Config:
    """Return the config of one shard, which writes no file of its own."""
    return msgspec.structs.replace(
        config,
        cluster=None,
        shard=(number, total),
        evidence=None,
        python="" if config.python == sys.executable else config.python,
        **dict.fromkeys(config.reports, None),
    )


def _contents(log: Path) -> bytes:
    """Return the log, which no worker can read by its path. Raises :class:`UsageError` if it is none."""
    evidence.read(log)
    return log.read_bytes()


def _result(future: Future[ShardResult], cluster: _Cluster) -> ShardResult:
    """Wait for a shard. Raises :class:`NoWorkersLeft` after some time without any worker."""
    without = 0
    while without * POLL_SECONDS < MAX_SECONDS_WITHOUT_WORKERS:
        done, _ = wait([future], timeout=POLL_SECONDS)
        if done:
            return future.result()
        without = 0 if cluster.has_workers() else without + 1
    raise NoWorkersLeft


def _records(
    config: Config, shard: Shard, result_of: Callable[[], ShardResult], log: Path
) -> tuple[AnyRecord, ...]:
    """Return the evidence of a shard; of one that was lost, the reason. Raises :class:`UsageError`."""
    try:
        result = result_of()
    # Whatever Dask or the worker raises: a lost worker, a full disk.
    except Exception as error:
        return (_started(config, shard), _lost(shard, f"{type(error).__name__}: {error}"))
    if result.status == WRONG_USAGE:
        raise UsageError(f"shard {shard}: {result.errors}")
    part = log.with_name(f"{shard.number}-{LOG}")
    try:
        part.write_bytes(result.log)
        found = evidence.read(part)
    finally:
        part.unlink(missing_ok=True)
    if result.status == 0 and found:
        return found
    reason = result.errors or f"its process ended with {result.status}"
    return (*(found or (_started(config, shard),)), _lost(shard, reason))


def _started(config: Config, shard: Shard) -> RunStarted:
    """Return the first record of a shard that has no evidence."""
    return RunStarted(
        id=f"shard-{shard.number}",
        seed=config.seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        project=config.project.name,
        settings=config.settings,
        version=version(),
        fail_on=config.fail_on,
        shard=shard,
    )


def _lost(shard: Shard, reason: str) -> RunStopped:
    return RunStopped(reason=f"shard {shard} was lost: {reason}", status=UNFINISHED, seconds=0.0)
