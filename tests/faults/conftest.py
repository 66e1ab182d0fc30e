"""Prints the table of the campaign at its end, and writes it into a page where that is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from .table import Line, decoded, printed, rewritten

_lines: list[Line] = []
_keep: list[Path] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--write`` and ``--keep``."""
    parser.addoption("--write", metavar="PAGE", help="Write the campaign's tables between PAGE's markers.")
    parser.addoption(
        "--keep",
        metavar="FILE",
        help="Add what is seen to FILE; the tables are made of all that is in it, the newest of each fault.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Note where what is seen is kept."""
    # With xdist every process has the option; the one that starts the others hears of every fault.
    if config.getoption("--keep") and not hasattr(config, "workerinput"):
        _keep.append(Path(config.getoption("--keep")))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what became of a fault; with xdist this is called in the process that starts the others."""
    if report.when != "call":
        return
    for name, value in report.user_properties:
        if name == "fault":
            _lines.append(decoded(str(value)))
            for file in _keep:
                with file.open("a", encoding="utf-8") as kept:
                    kept.write(f"{value}\n")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, the counts last."""
    if not _lines:
        return
    terminalreporter.section("faults")
    for text in printed(_in_order(_lines)):
        terminalreporter.write_line(text)
    page = terminalreporter.config.getoption("--write")
    if page:
        path = Path(page)
        told = [text for file in _keep for text in file.read_text(encoding="utf-8").splitlines()]
        lines = _in_order(map(decoded, told)) if told else _in_order(_lines)
        path.write_text(rewritten(path.read_text(encoding="utf-8"), lines), encoding="utf-8")


def _in_order(lines: Iterable[Line]) -> list[Line]:
    """Return the newest line of each fault, in the order of the campaign."""
    # Not before: while conftest is loaded, nobody has asked for the campaign yet.
    from .test_campaign import GROUPS

    newest = {(line.group, line.fault): line for line in lines}
    order = [(group, case.name) for group, cases in GROUPS.items() for case in cases]
    return [newest[key] for key in order if key in newest]
