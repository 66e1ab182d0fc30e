"""A pytest plugin: with ``--switchback``, an item for each migration and database, of one rehearsal.

Without the option nothing of Switchback is imported beside this module.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; everything else is configured as for the command ``switchback``."""
    group = parser.getgroup("switchback", "Switchback: rehearse migrations and rollbacks")
    group.addoption(
        "--switchback", action="store_true", help="Rehearse the migrations; each is a test on each database."
    )
    group.addoption(
        "--switchback-args",
        metavar="OPTIONS",
        default="",
        help='Options of the command switchback, such as "--database sqlite --app blog".',
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and with ``--switchback`` what collects the items."""
    config.addinivalue_line("markers", "switchback: a migration on a database, rehearsed by Switchback")
    if config.getoption("switchback"):
        from django_switchback.adoption.pytest_items import RehearsalItems

        config.pluginmanager.register(RehearsalItems(config), "switchback-items")
