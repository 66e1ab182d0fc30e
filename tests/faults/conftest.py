"""Prints the table of the campaign at its end, and writes it into a page where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from .table import Line, decoded, printed, rewritten

_lines: list[Line] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--write``."""
    parser.addoption("--write", metavar="PAGE", help="Write the campaign's tables between PAGE's markers.")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what became of a fault; with xdist this is called in the process that starts the others."""
    if report.when == "call":
        _lines.extend(decoded(str(value)) for name, value in report.user_properties if name == "fault")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, the counts last."""
    if not _lines:
        return
    order = {name: place for place, name in enumerate(dict.fromkeys(one.group for one in _lines))}
    lines = sorted(_lines, key=lambda one: order[one.group])
    terminalreporter.section("faults")
    for text in printed(lines):
        terminalreporter.write_line(text)
    page = terminalreporter.config.getoption("--write")
    if page:
        path = Path(page)
        path.write_text(rewritten(path.read_text(encoding="utf-8"), lines), encoding="utf-8")
