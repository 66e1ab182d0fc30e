"""Watches the project's other databases during cycles: what is written to them is compared, then undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
from django.db import connections

from django_switchback.evidence import Comparison
from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.migrate.signals.receivers import may_write
from django_switchback.worker.migrate.statements.operation_statements import statement_text
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class OtherDatabases:
    """The databases of the other aliases, each on a clone of its ``seeded`` sandbox: at head, with rows.

    ``sandboxes`` has the sandbox in use of each alias, and is updated. A clone that was written to is
    replaced before the next cycle.
    """

    def __init__(
        self, factory: AnyFactory, sandboxes: dict[str, Address], seeded: Mapping[str, Address]
    ) -> None:
        self._factory = factory
        self._sandboxes = sandboxes
        self._seeded = dict(seeded)
        self._clones: dict[str, Address] = {}
        self._references: dict[str, Snapshot] = {}
        self._written: set[str] = set()
        self._wrappers = {alias: self._watcher(alias) for alias in seeded}
        for alias, wrapper in self._wrappers.items():
            connections[alias].execute_wrappers.append(wrapper)

    @property
    def written(self) -> bool:
        """Whether anything was written to one of them since :meth:`begin`."""
        return bool(self._written)

    def begin(self) -> None:
        """Put every database that was written to back to its seeded state."""
        for alias in self._seeded:
            if alias in self._written or alias not in self._clones:
                self._renew(alias)
            if alias not in self._references:
                self._references[alias] = snapshots.take_snapshot(connections[alias])
        self._written.clear()

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Begin anew before and after the block, in which another process may write."""
        self.begin()
        try:
            yield
        finally:
            self._written.update(self._seeded)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Use clones for the block, so that nothing is left of what it writes."""
        written = set(self._written)
        try:
            with ExitStack() as stack:
                for alias, address in self._clones.items():
                    switcher = SandboxSwitcher(self._factory, alias, address)
                    stack.enter_context(switcher.switched_to(switcher.clone("other")))
                yield
        finally:
            self._written.clear()
            self._written.update(written)

    def added_to(self, comparison: Comparison) -> Comparison:
        """Return ``comparison`` with the rows of these databases that differ from those at :meth:`begin`."""
        rows = [
            msgspec.structs.replace(row, table=f"{row.table} (database {alias!r})", alias=alias)
            for alias in sorted(self._written)
            for row in snapshots.difference(
                self._references[alias], snapshots.take_snapshot(connections[alias], self._references[alias])
            ).rows
        ]
        return msgspec.structs.replace(comparison, rows=(*comparison.rows, *rows)) if rows else comparison

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Drop the clones in use at the end of the block; :meth:`begin` makes new ones."""
        try:
            yield
        finally:
            self._drop_clones()

    def _drop_clones(self) -> None:
        for alias, clone in self._clones.items():
            SandboxSwitcher(self._factory, alias, clone).switch(self._seeded[alias])
            self._sandboxes[alias] = self._seeded[alias]
            self._factory.drop(clone)
        self._clones.clear()

    def close(self) -> None:
        """Stop watching."""
        for alias, wrapper in self._wrappers.items():
            if wrapper in connections[alias].execute_wrappers:
                connections[alias].execute_wrappers.remove(wrapper)

    def _renew(self, alias: str) -> None:
        """Switch ``alias`` to a new clone, and drop the clone that it used."""
        fresh = self._factory.clone(self._seeded[alias], "other")
        switcher = SandboxSwitcher(self._factory, alias, self._sandboxes[alias])
        if alias in self._clones:
            switcher.replace(fresh)
        else:
            switcher.switch(fresh)
        self._clones[alias] = self._sandboxes[alias] = fresh

    def _watcher(self, alias: str) -> Callable[..., Any]:
        def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            text = statement_text(sql, context["connection"])
            if may_write(text.lstrip().partition(" ")[0].upper(), text):
                self._written.add(alias)
            return execute(sql, params, many, context)

        return watch
