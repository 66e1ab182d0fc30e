"""Finds the settings of the project in this process, however they were set, to redact or replace values."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Mapping

from django.conf import ENVIRONMENT_VARIABLE, settings


def seen_settings(module: str) -> Iterator[Mapping[str, object]]:
    """Yield the settings of ``module``, as far as it was loaded, and those that Django has.

    Django may have others: a program of the project configures them without a module, or changes them.
    """
    # With a program of its own, the project names the module itself.
    loaded = sys.modules.get(module or os.environ.get(ENVIRONMENT_VARIABLE, ""))
    if loaded is not None:
        yield _upper_case(vars(loaded))
    if settings.configured:
        yield attributes_of_settings(settings._wrapped)


def attributes_of_settings(loaded: object) -> dict[str, object]:
    """Return the settings in ``loaded``, which Django keeps, its defaults included."""
    return {name: getattr(loaded, name) for name in dir(loaded) if name.isupper()}


def settings_in_traceback(error: BaseException) -> Iterator[Mapping[str, object]]:
    """Yield the upper-case globals of the modules in the traceback: Python discards a module that raises."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield _upper_case(frame.f_globals)


def set_in_other_settings(values: Mapping[str, object]) -> None:
    """Set ``values`` in the object that the project has put in place of ``django.conf.settings``, if it has.

    Dynaconf does so while the settings module is loaded: its object has the values from before, and is what
    every later import of ``django.conf.settings`` finds.
    """
    # Imported here: it is another object than before the settings were loaded.
    from django.conf import LazySettings, settings

    if not isinstance(settings, LazySettings):
        for name, value in values.items():
            setattr(settings, name, value)


def _upper_case(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name.isupper()}
