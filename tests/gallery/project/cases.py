"""Every folder ``<rule>/<case>`` is an app, labelled ``<rule>_<case>``; no case needs an ``apps.py``."""

import os
from pathlib import Path

from django.apps import AppConfig

ROOT = Path(__file__).resolve().parents[1]


def every() -> list[str]:
    """Return the names (``rule.case``) of all cases."""
    return sorted(".".join(path.parts[-3:-1]) for path in ROOT.glob("*/*/models.py"))


def installed() -> list[str]:
    """Return what INSTALLED_APPS lists: the cases that ``GALLERY`` names, as rules or as ``rule.case``."""
    wanted = os.environ.get("GALLERY", "").split()
    return [
        f"{__name__}.{_class(name)}"
        for name in every()
        if not wanted or {name, name.partition(".")[0]} & {*wanted}
    ]


def _class(name: str) -> str:
    return name.replace(".", "_")


def __getattr__(name: str) -> type[AppConfig]:
    """Return the configuration of the case's app, which Django asks for by its dotted path."""
    for case in every():
        if _class(case) == name:
            return type(name, (AppConfig,), {"name": case, "label": name})
    raise AttributeError(name)
