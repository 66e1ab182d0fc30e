"""Promises of concurrency.py: one part at a time if a project has many models."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest
from integration.making import App, adds, chain, creates, model, project

from django_switchback import evidence
from django_switchback.cli import main
from django_switchback.engine import concurrency
from django_switchback.engine.concurrency import ConcurrencyLimit
from django_switchback.engine.worker_errors import RunStopping
from django_switchback.evidence import PartFinished, StepStarted


def test_parts_of_a_large_project_run_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps of one part are all taken before the first one of another, on whichever database."""
    monkeypatch.setattr(concurrency, "MAX_MODELS_AT_ONCE", 0)
    names = [f"n{number}" for number in range(6)]
    steps = [(f"{name}_step", adds("thing", f"{name}=models.IntegerField(null=True)")) for name in names]
    fields = "; ".join(f"{name} = models.IntegerField(null=True)" for name in names)
    things = App(
        chain(("0001_initial", creates("Thing")), *steps, app="things"), models=model("Thing", fields)
    )
    folder, log = project(tmp_path / "p", {"things": things}), tmp_path / "log"
    words = ["--database", "sqlite", "--database", "postgresql-18", "--jobs", "4"]
    assert main(["--project", str(folder), *words, "--evidence", str(log)]) == 0
    records = evidence.read(log)
    taken = [(item.database, item.part) for item in records if isinstance(item, StepStarted)]
    in_a_row = [key for key, _ in itertools.groupby(taken)]
    assert len(in_a_row) == len(set(in_a_row)) == sum(isinstance(item, PartFinished) for item in records)


def test_waiting_for_the_lock_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits while the run is stopped does not get the lock."""
    monkeypatch.setattr(concurrency, "MAX_MODELS_AT_ONCE", -1)
    stop = threading.Event()
    limit = ConcurrencyLimit()
    limit.decide(())
    stop.set()
    with limit.limited(stop), pytest.raises(RunStopping), limit.limited(stop):
        pytest.fail("two had the lock")
