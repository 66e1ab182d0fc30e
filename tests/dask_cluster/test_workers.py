"""A real scheduler and real workers, each a process of its own; one of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from integration.findings.test_shares import made
from integration.making import Ran, switchback
from integration.outputs.test_shards_of_a_run import found

from django_switchback.evidence import RunStarted
from django_switchback.verdict.run_verdict import judge
from django_switchback.verdict.shards import in_order

SECONDS = 120
pytestmark = pytest.mark.timeout(600)


@contextmanager
def process(*words: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of Dask in the block."""
    running = subprocess.Popen(
        [sys.executable, "-m", *words, "--no-dashboard"],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a scheduler; return its file."""
    file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    words = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0")
    with process(*words, "--scheduler-file", str(file)):
        wait_for(file.exists)
        yield file


@contextmanager
def worker(scheduler: Path, folder: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker that nobody starts again; it is ready once it has made its folder."""
    folder.mkdir()
    words = ("distributed.cli.dask_worker", "--scheduler-file", str(scheduler), "--no-nanny")
    more = ("--nthreads", "1", "--local-directory", str(folder), "--pid-file", str(folder / "pid"))
    with process(*words, *more, **variables) as running:
        yield running


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until ``condition`` returns something true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def registered(scheduler: Path, number: int) -> None:
    """Wait until the scheduler has so many workers."""
    from distributed import Client

    connect: Any = Client
    with connect(scheduler_file=str(scheduler), timeout=SECONDS, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=SECONDS)
        wait_for(lambda: len(client.nthreads()) == number)


def shards_below(pid: int) -> list[int]:
    """Return the processes below ``pid`` that rehearse a shard."""
    return [
        child
        for task in Path(f"/proc/{pid}/task").glob("*")
        for child in map(int, (task / "children").read_text().split())
        if b"django_switchback.dask_cluster.shard_process" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_a_worker_that_is_killed_costs_its_part(scheduler: Path, tmp_path: Path) -> None:
    """Its shard is rehearsed by the other worker: the verdicts are those of one run."""
    folder = made(tmp_path / "p")
    whole = switchback(folder, "--last", "2")
    with worker(scheduler, tmp_path / "a") as first, worker(scheduler, tmp_path / "b"):
        registered(scheduler, 2)
        ran: list[Ran] = []
        run = threading.Thread(
            target=lambda: ran.append(
                switchback(folder, "--last", "2", "--cluster", str(scheduler), timeout=500)
            )
        )
        run.start()
        wait_for(lambda: shards_below(first.pid))
        below = shards_below(first.pid)
        first.send_signal(signal.SIGKILL)
        run.join()
    (clustered,) = ran
    assert clustered.status == 0, clustered.err
    assert found(judge(clustered.records)) == found(judge(whole.records))
    # The log has the shards as they arrived.
    starts = [record for record in in_order(clustered.records) if isinstance(record, RunStarted)]
    assert [str(record.shard) for record in starts] == ["1/2", "2/2"]
    assert [entry["number"] for entry in clustered.report["shards"]] == [1, 2]
    # What the dead worker had begun ends by itself.
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_workers_that_differ_are_refused_by_name(scheduler: Path, tmp_path: Path) -> None:
    """A worker with another Django rehearses nothing, nor does any other."""
    folder = made(tmp_path / "p")
    other = tmp_path / "site/django-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: django\nVersion: 9.9\n")
    with worker(scheduler, tmp_path / "a", PYTHONPATH=str(other.parent)):
        registered(scheduler, 1)
        ran = switchback(folder, "--cluster", str(scheduler))
    assert ran.status == 2
    assert "the cluster cannot rehearse this project: tcp://127.0.0.1:" in ran.err
    assert "Django is 9.9 instead of" in ran.err


def test_what_a_shard_refuses_is_wrong_usage(scheduler: Path, tmp_path: Path) -> None:
    """The message is the one of a run on this machine."""
    folder = made(tmp_path / "p")
    with worker(scheduler, tmp_path / "a"):
        registered(scheduler, 1)
        ran = switchback(folder, "--app", "nowhere", "--cluster", str(scheduler))
    assert ran.status == 2
    assert "unknown app 'nowhere'" in ran.err
