"""The control of what receivers write runs on the cycle's own rows, so that nothing is seeded for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db.migrations.state import ProjectState

from django_switchback.worker.compare.signal_writes import NO_WRITES, RaisedBy, Writes
from django_switchback.worker.cycle import receiver_writes
from django_switchback.worker.cycle.receiver_writes import TargetControl

KEY = ("shop", "0002_target")


class Sandboxes:
    """Sandboxes that only have names."""

    def __init__(self) -> None:
        self.current = "walk"
        self.present = {"walk"}

    def clone(self, label: str) -> str:
        """Clone the current sandbox."""
        return self.clone_of(self.current, label)

    def clone_of(self, source: str, label: str) -> str:
        """Clone ``source``."""
        assert source in self.present
        name = f"{label} {len(self.present)} of {source}"
        self.present.add(name)
        return name

    def drop(self, address: str) -> None:
        """Drop a sandbox."""
        self.present.remove(address)

    @contextmanager
    def switched_to(self, address: str) -> Iterator[None]:
        """Switch to ``address`` for the block and drop it."""
        before, self.current = self.current, address
        yield
        self.current = before
        self.drop(address)


def refuse() -> Any:
    """Fail: the sandbox without rows is not needed."""
    raise AssertionError("rows are seeded for the control")


@pytest.fixture
def context() -> Any:
    """Return a part of the plan whose receivers may write."""
    signals = SimpleNamespace(may_write=True)
    return SimpleNamespace(
        sandboxes=Sandboxes(),
        migrator=SimpleNamespace(signals=signals),
        seeder=SimpleNamespace(makes_many=False),
    )


def test_nothing_is_seeded_for_it(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at clones with the rows of the cycle, before the target and after it, and drops them."""
    seen = []
    before, after = ProjectState(), ProjectState()

    def with_nothing_to_do(context: Any, state: Any) -> Writes:
        seen.append("old" if state is before else "new")
        return NO_WRITES._replace(raised=frozenset({RaisedBy(seen[-1], "")}))

    monkeypatch.setattr(receiver_writes, "writes_with_nothing_to_do", with_nothing_to_do)
    monkeypatch.setattr(TargetControl, "_writes_after_target", lambda *given: with_nothing_to_do(*given[:2]))
    control = TargetControl(context, KEY, refuse, keeps=True)
    control.keep("before", before)
    control.keep("after", after)
    control()
    control.drop()
    assert seen == ["old", "old", "new"]
    assert context.sandboxes.present == {"walk"}


def test_the_rows_of_its_step_are_recorded(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that the cycle's rows let fail is not recorded as one that fails on empty tables."""
    recorded = []

    def run_step(*_: Any, rows: str, **__: Any) -> Any:
        recorded.append(rows)
        return SimpleNamespace(failure="some rows")

    context.run_step = run_step
    monkeypatch.setattr(receiver_writes, "writes_with_nothing_to_do", lambda *_: NO_WRITES)
    walk = SimpleNamespace(clone=context.sandboxes.clone, state=ProjectState)
    control = TargetControl(context, KEY, lambda: cast("Any", walk), keeps=True)
    control.keep("before", ProjectState())
    control()
    control.raised()
    assert recorded == ["edge", "none"]


def test_silent_receivers_cost_no_clone(context: Any) -> None:
    """Where no receiver may write, or many rows would be cloned, nothing is kept."""
    context.migrator.signals.may_write = False
    TargetControl(context, KEY, refuse, keeps=True).keep("before", ProjectState())
    context.migrator.signals.may_write = context.seeder.makes_many = True
    TargetControl(context, KEY, refuse, keeps=True).keep("before", ProjectState())
    assert context.sandboxes.present == {"walk"}
