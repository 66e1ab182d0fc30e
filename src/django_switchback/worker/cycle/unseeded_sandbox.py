"""Migrates a sandbox without seeded rows to the position of the walk, as a base for trials and restarts."""

from __future__ import annotations

from django.db.migrations.state import ProjectState

from django_switchback.evidence import Failure
from django_switchback.sandbox.interface import Address
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey, Step
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class UnseededSandbox:
    """A sandbox without seeded rows, migrated forward only, and only when a trial or a restart needs it.

    The database is at ``address`` and has the migrations in ``applied``. ``step`` runs and records each step.
    """

    def __init__(
        self,
        migrator: Migrator,
        sandboxes: SandboxSwitcher,
        address: Address,
        applied: set[MigrationKey],
        step: Step,
    ) -> None:
        self._migrator = migrator
        self._step = step
        self._sandboxes = sandboxes
        self.address = address
        self.applied = applied
        self._state: ProjectState | None = None
        self.earlier: UnseededSandbox | None = None
        """The sandbox as it was when the rows of the walk were first seeded, if it has advanced since."""

    def state(self) -> ProjectState:
        """Return the project state of the applied migrations, cached until they change; do not modify it."""
        if self._state is None:
            self._state = self._migrator.state_of(self.applied.__contains__)
        return self._state

    def advance(
        self, keys: list[MigrationKey], *, signals: bool = True, keep_earlier: bool = False
    ) -> Failure | None:
        """Apply the missing migrations of ``keys``; return the failure of the first that raises.

        That migration is rolled back: the sandbox then has those applied before it. Without ``signals``, no
        ``post_migrate`` is sent, as in the middle of a ``migrate``. With ``keep_earlier``, :attr:`earlier` is
        the sandbox as it was before, unless there is an earlier one already.
        """
        missing = [key for key in keys if key not in self.applied]
        if not missing:
            return None
        before = UnseededSandbox(
            self._migrator, self._sandboxes, self.clone("safety"), set(self.applied), self._step
        )
        failure = self._apply(missing, signals=signals)
        if failure is None:
            if keep_earlier and self.earlier is None:
                self.earlier = before
            else:
                self._sandboxes.drop(before.address)
            return None
        succeeded = [key for key in missing if key in self.applied]
        self._sandboxes.drop(self.address)
        self.address, self.applied, self._state = before.address, before.applied, None
        self.advance(succeeded, signals=signals, keep_earlier=keep_earlier)
        return failure

    def drop_earlier(self) -> None:
        """Drop the sandbox of :attr:`earlier`, if there is one."""
        earlier, self.earlier = self.earlier, None
        if earlier is not None:
            self._sandboxes.drop(earlier.address)

    def _apply(self, keys: list[MigrationKey], *, signals: bool) -> Failure | None:
        """Apply ``keys``; return the failure of the first that raises, which may be applied partly."""
        with self._sandboxes.switched_to(self.address, keep=True):
            state = self._migrator.state_of(self.applied.__contains__)
            self._state = None
            for key, result in whole_migrate.forward_all(
                self._migrator, state, keys, self._step, to_end=signals
            ):
                if result.failure is not None:
                    return result.failure
                self.applied.add(key)
        self._state = self._migrator.rendering.without_rendered_apps(state)
        return None

    def send_signals(self) -> None:
        """Send the signals of a single ``migrate`` run that applied all migrations in ``applied``.

        An exception of a receiver is not reported here: the receiver raises again in the following cycle.
        """
        with self._sandboxes.switched_to(self.address, keep=True):
            whole_migrate.send_signals(
                self._migrator, self.state(), [key for key in self._migrator.plan if key in self.applied]
            )

    def clone(self, label: str) -> Address:
        """Return a clone of the sandbox as it is now."""
        return self._sandboxes.clone_of(self.address, label)
