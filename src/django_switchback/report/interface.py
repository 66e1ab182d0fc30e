"""The interface of a report format: a pure function from the verdict to text."""

from __future__ import annotations

from typing import Protocol

from django_switchback.verdict.interface import Report


class Renderer(Protocol):
    """A report format: renders the same report to the same text, on any machine and in any locale.

    Texts of the project (names, messages, rows, reasons) are hostile: a format escapes all of them.
    """

    def __call__(self, report: Report, /) -> str:
        """Return the report as text."""
        ...
