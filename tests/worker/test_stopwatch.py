"""The stopwatch of a worker counts each moment once."""

from __future__ import annotations

import pytest

from django_switchback.evidence import MigrationName
from django_switchback.worker import stopwatch

TARGET = MigrationName("blog", "0001_initial")


class _Clock:
    """A clock that is set forward by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        """Return the seconds that it shows."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """Give the clock that the stopwatch reads."""
    clock = _Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    return clock


def spent(watch: stopwatch.Stopwatch) -> dict[tuple[str, str, str], float]:
    """Return what was counted, by phase, activity and target."""
    return {
        (record.phase, record.activity, str(record.migration or "")): record.seconds
        for record in watch.records("sqlite")
        if record.seconds
    }


def test_the_innermost_phase_and_activity_count(clock: _Clock) -> None:
    """A phase within a target's phase belongs to the target; afterwards the outer ones go on."""
    watch = stopwatch.Stopwatch()
    clock.now += 1
    with watch.phase("cycle", TARGET):
        clock.now += 2
        with watch.activity("rows"):
            clock.now += 4
            with watch.phase("minimal rows"), watch.activity("snapshots"):
                clock.now += 8
            clock.now += 16
        clock.now += 32
    clock.now += 64
    assert spent(watch) == {
        ("other", "other", ""): 65.0,
        ("cycle", "other", "blog.0001_initial"): 34.0,
        ("cycle", "rows", "blog.0001_initial"): 20.0,
        ("minimal rows", "snapshots", "blog.0001_initial"): 8.0,
    }
    assert spent(watch) == {}


def test_an_exception_ends_its_phase(clock: _Clock) -> None:
    """Time after it is that of the outer phase."""
    watch = stopwatch.Stopwatch()

    @watch.activity("rows")
    def fail() -> None:
        clock.now += 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    clock.now += 2
    assert spent(watch) == {("other", "rows", ""): 1.0, ("other", "other", ""): 2.0}


def test_a_restart_forgets_what_another_process_counts(clock: _Clock) -> None:
    """The phase stays: a fork counts for the phase that it was made in."""
    watch = stopwatch.Stopwatch()
    with watch.phase("unwind"):
        clock.now += 5
        watch.restart()
        clock.now += 1
        assert spent(watch) == {("unwind", "other", ""): 1.0}
