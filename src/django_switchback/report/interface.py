"""What a report is: a pure function from the verdict to text."""

from __future__ import annotations

from typing import Protocol

from django_switchback.verdict import Report


class Renderer(Protocol):
    """Every format of a report: the same report gives the same text, whatever the machine or the locale.

    Texts of the project (names, messages, rows, reasons) are hostile: a format escapes all of them.
    """

    def __call__(self, report: Report, /) -> str:
        """Return the report as text."""
        ...
