"""Finds receivers of signals that run in a cycle, whatever model it is about."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db.backends.signals import connection_created
from django.db.models import signals
from django.dispatch import Signal

from django_switchback.worker.migrate.signals.receivers import called_function, live_receivers

_ALWAYS = (
    signals.pre_migrate,
    signals.post_migrate,
    signals.pre_init,
    signals.post_init,
    signals.class_prepared,
    connection_created,
)
"""Signals that are sent for migrations, connections, and models at head that check rows."""
_OF_ROWS = (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete, signals.m2m_changed)
"""Signals whose receivers for one model at head run only where that model itself is used."""


class Receiver(NamedTuple):
    """The module and the name of a receiver's function; ``migrates``: it is called at each ``migrate``."""

    module: str
    name: str
    migrates: bool


def receivers_in_cycles(*, of_live_models: bool, without: Collection[Signal] = ()) -> Iterator[Receiver]:
    """Yield the receivers that may run, but Django's own; those of rows of one model only if asked to.

    Receivers of the signals ``without`` are left out.
    """
    for signal in (signal for signal in (*_ALWAYS, *_OF_ROWS) if signal not in without):
        every = signal in _ALWAYS or of_live_models
        for receiver in live_receivers(signal, for_all_senders=not every):
            function = called_function(receiver)
            module = getattr(function, "__module__", None) or ""
            if module.partition(".")[0] != "django":
                yield Receiver(module, _name(function), signal in {signals.pre_migrate, signals.post_migrate})


def _name(function: Any) -> str:
    return str(getattr(inspect.unwrap(function), "__name__", ""))
