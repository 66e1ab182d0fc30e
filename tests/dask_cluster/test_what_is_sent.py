"""What is sent to the workers of a cluster: no password that is shown, and no path of this machine alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_switchback import evidence
from django_switchback.config.config import Config
from django_switchback.dask_cluster import run_shard as run_shard_module
from django_switchback.dask_cluster.run_shard import decode_config, describe_machine, run_shard
from django_switchback.evidence import PartFinished, RunStarted, write_baseline

from .test_shard_results import Answers, cluster, configured, folder, rehearsed, whole

__all__ = ["cluster", "folder"]

PASSWORD = "Geheim-4711"
DATABASE = ("--database", f"postgresql://switchback:{PASSWORD}@127.0.0.1:1/x")


def texts(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return all that a run printed and wrote."""
    printed = capsys.readouterr()
    return "\n".join([printed.out, printed.err, *(file.read_text() for file in folder.glob("*.json*"))])


def test_what_dask_logs_of_a_shard_hides_passwords(folder: Path, cluster: Answers) -> None:
    """Dask logs the repr of the arguments of a function that raises."""
    (worker,) = cluster(whole(1, 1))
    rehearsed(folder, *DATABASE)
    (config, *_) = worker.sent
    assert config.databases == (DATABASE[1],)
    assert PASSWORD not in repr(worker.sent)


def test_an_exception_of_dask_shows_no_password(
    folder: Path, cluster: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may quote the arguments of the function."""
    cluster(whole(1), RuntimeError(f"lost run_shard({DATABASE[1]!r}) with {PASSWORD}"))
    status, _ = rehearsed(folder, *DATABASE)
    shown = texts(folder, capsys)
    assert status == 3
    assert "RuntimeError: lost run_shard" in shown
    assert PASSWORD not in shown


def test_a_traceback_of_the_process_shows_no_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the process of a shard prints is masked where it is read, before it is cut."""
    monkeypatch.setenv("BROKER_TOKEN", "Quelle-1357")
    monkeypatch.setattr(run_shard_module, "ERROR_CHARACTERS", 30)
    config = configured(folder, shard="1/1", database=(DATABASE[1],))
    message = f"{'x' * 50} {PASSWORD} Quelle-1357 is the end"
    dies = f"import sys; sys.stdin.buffer.read(); raise KeyError({message!r})"
    run = subprocess.run

    def process(words: list[str], **how: Any) -> subprocess.CompletedProcess[Any]:
        return run([words[0], "-c", dies] if "-m" in words else words, **how)

    monkeypatch.setattr(subprocess, "run", process)
    result = run_shard(config, describe_machine(str(folder)))
    assert result.status == 1
    assert result.errors.rstrip().endswith("*** *** is the end'")
    assert len(result.errors) == 30


def test_a_worker_that_differs_loses_its_shard(folder: Path) -> None:
    """One that came later than the others must not end the run as wrong usage does."""
    result = run_shard(configured(folder, shard="1/1"), describe_machine(str(folder)) | {"Django": "9.9"})
    assert (result.log, result.status) == (b"", 3)
    assert "instead of 9.9" in result.errors


def test_each_machine_counts_its_own_processors(
    folder: Path, cluster: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless ``--jobs`` says how many workers each starts."""
    (counts,) = cluster(whole(1, 1))
    rehearsed(folder)
    (given,) = cluster(whole(1, 1))
    rehearsed(folder, "--jobs", "5")
    monkeypatch.setattr("django_switchback.config.config._processors", lambda: 17)
    found = [decode_config(run_shard_module.encode_config(worker.sent[0])).jobs for worker in (counts, given)]
    assert found == [17, 5]


def test_the_baseline_counts_without_being_sent(folder: Path, cluster: Answers) -> None:
    """Its file need not be on the workers: the verdict is made here."""
    write_baseline(folder / "known.json", ())
    (worker, _) = cluster(whole(1), RuntimeError("killed"))
    rehearsed(folder, "--baseline", "known.json")
    assert worker.sent[0].baseline is None
    log = evidence.read(folder / "run.jsonl")
    assert [record.baseline for record in log if isinstance(record, RunStarted)] == [(), ()]


def test_scenarios_elsewhere_are_refused(
    folder: Path,
    cluster: Answers,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The workers have the files of the project, and no others."""
    elsewhere = tmp_path_factory.mktemp("scenarios")
    (worker,) = cluster(whole(1, 1))
    assert rehearsed(folder, "--scenarios", str(elsewhere)) == (2, {})
    assert f"--scenarios {elsewhere} does not lie in the project" in capsys.readouterr().err
    (folder / "own").mkdir()
    rehearsed(folder, "--scenarios", "own")
    assert worker.sent[0].scenarios == folder / "own"


def test_of_weights_only_the_seconds_are_sent(folder: Path, cluster: Answers) -> None:
    """The log is read once, here."""
    evidence.write(folder / "old.jsonl", [PartFinished("sqlite", "scratch", 7.0, 0)])
    (worker,) = cluster(whole(1, 1))
    rehearsed(folder, "--shard-weights", "old.jsonl")
    config: Config = worker.sent[0]
    assert (config.shard_weights, config.durations) == ((), (("sqlite", "scratch", 7.0),))
    assert decode_config(run_shard_module.encode_config(config)) == config


def test_the_interpreter_of_the_project_is_described(folder: Path) -> None:
    """Its Python and its Django count, not those of the worker."""
    python = folder / "python"
    python.write_text("#!/bin/sh\necho 3.99.1 9.9\n")
    python.chmod(0o755)
    found = describe_machine(str(folder), str(python))
    assert (found["Python"], found["Django"]) == ("3.99.1", "9.9")
    own = describe_machine(str(folder))
    assert own == describe_machine(str(folder), sys.executable)
    missing = describe_machine(str(folder), str(folder / "gone"))
    assert "No such file or directory" in missing["Python"]
