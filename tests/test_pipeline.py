"""Promises of pipeline.py: what a run ends with when its servers or its clean-up fail."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from integration.making import project, simple

from django_switchback.cli import main
from django_switchback.sandbox.interface import Left, NotRemoved
from django_switchback.sandbox.sqlite import SqliteServer

QUIET = """
    SILENCED_SYSTEM_CHECKS = [f"security.W{number:03}" for number in range(1, 30)]
"""
"""So that ``--fail-on warning`` finds nothing in a project of no use but to be rehearsed."""


def test_a_failed_clean_up_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be removed is named in the report with the command that removes it; the status stays 0."""
    close = SqliteServer.close

    def fail(server: SqliteServer) -> None:
        close(server)
        monkeypatch.setattr(SqliteServer, "close", close)
        raise NotRemoved([Left("switchback_x", "somebody is in it", 'DROP DATABASE "switchback_x";')])

    monkeypatch.setattr(SqliteServer, "close", fail)
    folder = project(tmp_path / "p", {"things": simple("things")}, settings=QUIET)
    report = tmp_path / "report.json"
    words = ["--project", str(folder), "--database", "sqlite", "--fail-on", "warning", "--json", str(report)]
    assert main([*words, "--no-deploy-window"]) == 0
    [database] = json.loads(report.read_text())["databases"]
    [left] = [item for item in database["findings"] if item["rule"] == "not-cleaned-up"]
    assert left["severity"] == "warning"
    assert left["message"] == "switchback_x could not be removed: somebody is in it."
    assert left["fix"] == 'Run: DROP DATABASE "switchback_x";'


def test_the_deploy_window_can_be_left_out(tmp_path: Path) -> None:
    """Its rules find something only without ``--no-deploy-window``, which leaves nothing of it in the log."""
    folder = project(tmp_path / "p", {"things": simple("things")}, settings=QUIET)
    log = tmp_path / "log.jsonl"
    words = ["--project", str(folder), "--database", "sqlite", "--fail-on", "warning", "--evidence", str(log)]
    assert main(words) == 1
    assert "old-code-in-deploy-window" in log.read_text()
    assert main([*words, "--no-deploy-window"]) == 0
    assert "old-code-in-deploy-window" not in log.read_text()


def test_a_signal_does_not_interrupt_the_clean_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while sandboxes are dropped changes nothing: all of them go, and the report is written."""
    close, closed = SqliteServer.close, []

    def interrupt(server: SqliteServer) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        close(server)
        closed.append(server.name)

    monkeypatch.setattr(SqliteServer, "close", interrupt)
    folder = project(tmp_path / "p", {"things": simple("things")}, settings=QUIET)
    report = tmp_path / "report.json"
    assert main(["--project", str(folder), "--database", "sqlite", "--json", str(report)]) == 0
    assert set(closed) == {"sqlite"}
    assert json.loads(report.read_text())["verdict"] == "passed"
