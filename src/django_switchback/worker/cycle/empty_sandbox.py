"""The same history without a row of ours: where trials with fewer rows start, and the walk starts over."""

from __future__ import annotations

from django.db.migrations.state import ProjectState

from django_switchback.evidence import Failure
from django_switchback.sandbox.interface import Address
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, Step
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class UnseededTrack:
    """A sandbox that follows the walk only when it is asked for, always forward.

    It is at ``address`` and has what is ``applied``. ``step`` takes each step, to write it down.
    """

    def __init__(
        self,
        migrator: Migrator,
        bench: SandboxSwitcher,
        address: Address,
        applied: set[MigrationKey],
        step: Step,
    ) -> None:
        self._migrator = migrator
        self._step = step
        self._bench = bench
        self.address = address
        self.applied = applied
        self._state: ProjectState | None = None

    def state(self) -> ProjectState:
        """Return the state of what is applied, the same one until that changes: it is not to be changed."""
        if self._state is None:
            self._state = self._migrator.state_of(self.applied.__contains__)
        return self._state

    def advance(self, keys: list[MigrationKey]) -> Failure | None:
        """Apply those of ``keys`` that are missing; return what the first that failed raised."""
        missing = [key for key in keys if key not in self.applied]
        if not missing:
            return None
        with self._bench.switched_to(self.address, keep=True):
            state = self._migrator.state_of(self.applied.__contains__)
            self._state = None
            for key, taken in self._migrator.forward_all(state, missing, self._step):
                if taken.failure is not None:
                    return taken.failure
                self.applied.add(key)
        self._state = self._migrator.rendering.without_rendered_apps(state)
        return None

    def announce(self) -> None:
        """Send the signals of a single ``migrate`` that has applied all that is applied.

        Where a receiver raises, it does so again in the cycle that follows, which tells.
        """
        with self._bench.switched_to(self.address, keep=True):
            self._migrator.announce(self.state(), [key for key in self._migrator.plan if key in self.applied])

    def clone(self, label: str) -> Address:
        """Return a copy of the sandbox as it is now."""
        return self._bench.clone_of(self.address, label)
