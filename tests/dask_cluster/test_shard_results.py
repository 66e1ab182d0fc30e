"""What the shards of a cluster give back: all that arrives is reported, and what is lost is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rules.builders import DATABASE, database, project, started

from django_switchback import evidence
from django_switchback.cli import main
from django_switchback.config.config import Config, load_config
from django_switchback.dask_cluster import cluster_run
from django_switchback.dask_cluster.run_shard import ShardResult
from django_switchback.evidence import AnyRecord, RunFinished, RunStarted, RunStopped, Shard, ShardPlanned
from django_switchback.signals import TimeLimitReached

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
ADDRESS = "tcp://127.0.0.1:1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that is a Django project as far as the edge looks."""
    (tmp_path / "manage.py").write_text(MANAGE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configured(folder: Path, **flags: Any) -> Config:
    """Return the config of these flags."""
    return load_config(flags, {}, folder)


class Worker(Executor):
    """Answers every shard with the same result or error, or, without one, never."""

    def __init__(self, answer: ShardResult | Exception | None) -> None:
        self.answer = answer
        self.sent: list[Any] = []

    def submit(self, function: object, /, *args: Any, **_: Any) -> Future[Any]:
        """Return a future that is finished already, or never."""
        self.sent.extend(args)
        future: Future[Any] = Future()
        if isinstance(self.answer, ShardResult):
            future.set_result(self.answer)
        elif self.answer is not None:
            future.set_exception(self.answer)
        return future


Answers = Callable[..., tuple[Worker, ...]]


@pytest.fixture
def cluster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Return what makes a cluster whose workers give these answers."""

    def make(
        *answers: ShardResult | Exception | None, has_workers: Callable[[], bool] = lambda: True
    ) -> tuple[Worker, ...]:
        workers = tuple(map(Worker, answers))

        @contextmanager
        def connected(*_: object) -> Iterator[cluster_run._Cluster]:
            yield cluster_run._Cluster(workers, has_workers)

        monkeypatch.setattr(cluster_run, "_connected", connected)
        monkeypatch.setattr(cluster_run, "POLL_SECONDS", 0.01)
        return workers

    return make


def shard(number: int, total: int, end: AnyRecord | None = None) -> bytes:
    """Return the log of a shard that has a plan without parts."""
    records = (
        started(id=f"r{number}", shard=Shard(number, total)),
        project(),
        database(targets=()),
        ShardPlanned(DATABASE, Shard(number, total), {}, {}, (), False, 0.0, 0.0),
        end or RunFinished(1.0),
    )
    return b"".join(map(evidence.encode, records))


def whole(number: int, total: int = 2) -> ShardResult:
    """Return the result of a shard that was rehearsed to its end."""
    return ShardResult(shard(number, total), 0, "")


def rehearsed(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Rehearse on the cluster; return the exit status and the report."""
    report = folder / "report.json"
    status = main(["--cluster", ADDRESS, "--evidence", "run.jsonl", "--json", str(report), *words])
    return status, json.loads(report.read_bytes()) if report.exists() else {}


def shards_of(report: dict[str, Any]) -> list[int]:
    """Return the numbers of the shards in the report."""
    return [entry["number"] for entry in report["shards"]]


LOST: dict[str, tuple[ShardResult | Exception, str]] = {
    "worker": (RuntimeError("killed"), "RuntimeError: killed"),
    "scheduler": (CancelledError(), "the connection to the scheduler was lost"),
    "process": (ShardResult(b"", -9, ""), "its process ended with -9"),
    "machine": (ShardResult(b"", 3, "Django is 9.9 instead of 5.2"), "Django is 9.9"),
    "usage": (ShardResult(b"", 2, "no such file"), "no such file"),
    "middle": (ShardResult(shard(2, 2)[:-9], 0, ""), "its log is cut short or damaged"),
    "text": (ShardResult(shard(2, 2) + b"\xff\n", 0, ""), "its log is cut short or damaged"),
}


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_shard_is_an_error_beside_the_others(
    folder: Path, cluster: Answers, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """The report has what the other shard found, and the reason is named in it and at the end."""
    answer, reason = LOST[kind]
    cluster(whole(1), answer)
    status, report = rehearsed(folder)
    err = capsys.readouterr().err
    assert status == 3, err
    assert report["verdict"] == "error"
    assert any("shard 2/2 was lost: " in line and reason in line for line in report["reasons"])
    assert reason in err.splitlines()[-1]
    assert shards_of(report) == [1, 2]
    assert evidence.read(folder / "run.jsonl")[:5] == tuple(map(evidence.decode, shard(1, 2).splitlines()))


def test_a_shard_that_reached_its_time_limit_is_reported(folder: Path, cluster: Answers) -> None:
    """Its own log says why it ended; the exit status is the one of a run on this machine."""
    stop = RunStopped(reason=TimeLimitReached(5).reason, status=3, seconds=5.0)
    cluster(whole(1), ShardResult(shard(2, 2, stop), 0, ""))
    status, report = rehearsed(folder)
    assert (status, report["verdict"]) == (3, "error")
    assert any("the time limit of 5 s was reached" in reason for reason in report["reasons"])


def test_what_the_first_shard_refuses_is_wrong_usage(
    folder: Path, cluster: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """As long as there are no results, nothing is lost by ending there."""
    cluster(ShardResult(b"", 2, "unknown app 'nowhere'"), None)
    assert rehearsed(folder) == (2, {})
    assert "unknown app 'nowhere'" in capsys.readouterr().err


def test_files_beside_the_log_are_left_alone(folder: Path, cluster: Answers) -> None:
    """The log of a shard is decoded where it arrives, in memory."""
    names = ["1-evidence.jsonl", "2-evidence.jsonl"]
    for name in names:
        (folder / name).write_text("mine")
    cluster(whole(1), whole(2))
    rehearsed(folder)
    assert [(folder / name).read_text() for name in names] == ["mine", "mine"]


def test_ctrl_c_keeps_the_shards_that_are_finished(folder: Path, cluster: Answers) -> None:
    """Those that are not are waited for in no order."""
    asked = iter(range(3))

    def has_workers() -> bool:
        if next(asked) == 2:
            raise TimeLimitReached(5)
        return True

    cluster(None, whole(2), has_workers=has_workers)
    status, report = rehearsed(folder)
    assert (status, report["verdict"]) == (3, "error")
    assert shards_of(report) == [2]
    log = evidence.read(folder / "run.jsonl")
    assert [record.shard for record in log if isinstance(record, RunStarted)] == [Shard(2, 2)]


def test_all_shards_share_one_wait_for_workers(
    folder: Path, cluster: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster that is gone for one of them is gone for all."""
    monkeypatch.setattr(cluster_run, "MAX_SECONDS_WITHOUT_WORKERS", 0.03)
    asked: list[bool] = []

    def has_workers() -> bool:
        asked.append(True)
        return False

    cluster(None, None, None, whole(4, 4), has_workers=has_workers)
    status, report = rehearsed(folder)
    assert status == 3
    assert shards_of(report) == [1, 2, 3, 4]
    assert sum("the cluster has no workers any more" in line for line in report["reasons"]) == 3
    assert 3 <= len(asked) <= 4


@pytest.mark.parametrize("raised", [OSError("refused"), ValueError("the client is closed")])
def test_without_the_scheduler_there_are_no_workers(raised: Exception) -> None:
    """What the others found is reported, though nobody can be asked any more."""

    class Client:
        def nthreads(self) -> dict[str, int]:
            raise raised

    assert cluster_run._has_workers(Client()) is False
