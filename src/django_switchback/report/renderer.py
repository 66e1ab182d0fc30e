"""Finds the renderer of a report format by its name.

To add a format, write a module ``report/formats/NAME.py`` with a function ``render``, and give it an option
of the same name in ``config/options.py`` (``REPORT_FORMATS``) and a field in ``config.config.Config``.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from django_switchback.verdict.interface import Report


class Renderer(Protocol):
    """A pure function from the report to text, the same on any machine and in any locale.

    Texts of the project (names, messages, rows, reasons) are untrusted: a format escapes all of them.
    """

    def __call__(self, report: Report, /) -> str:
        """Return the report as text."""


def renderer(name: str) -> Renderer:
    """Return the function that renders the format ``name``."""
    return cast("Renderer", importlib.import_module(f"django_switchback.report.formats.{name}").render)
