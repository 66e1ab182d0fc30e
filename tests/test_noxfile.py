"""The noxfile: cheap by default, every session explained, what follows ``--`` passed on, callers kept out."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
TREE = ast.parse((ROOT / "noxfile.py").read_text())
SESSIONS = {
    node.name: node
    for node in TREE.body
    if isinstance(node, ast.FunctionDef)
    and any(ast.unparse(item).startswith("nox.session") for item in node.decorator_list)
}
CALLERS_OWN = {"migrations": 1, "rehearsal": 1}
"""How many calls take the caller's variables over: those with a URL or options of one's own."""


def assigned(name: str) -> object:
    """Return the literal that ``name`` is bound to."""
    (found,) = (
        node.value
        for node in TREE.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )
    return ast.literal_eval(found)


def calls(session: str) -> Iterator[ast.Call]:
    """Yield the calls of the script, of pytest and of coverage in a session."""
    for node in ast.walk(SESSIONS[session]):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "session.run":
            words = ast.unparse(node)
            if re.search(r"\*SCRIPT|test_migrations\.py|'pytest'", words):
                yield node


def test_cheap_by_default() -> None:
    """``nox`` alone checks style and types, runs the unit tests and rehearses on SQLite; nothing else."""
    assert assigned("nox.options.sessions") == ["lint", "typing", "unit", "migrations(sqlite)"]
    assert assigned("nox.options.reuse_venv") == "yes"
    heavy = {
        name for name, node in SESSIONS.items() if "default=False" in ast.unparse(node.decorator_list[0])
    }
    assert SESSIONS.keys() - heavy == {"lint", "typing", "unit", "migrations"}


def test_unit_tests_open_no_database() -> None:
    """The session installs no server, and makes pytest refuse every database; its folders are there."""
    words = ast.unparse(SESSIONS["unit"])
    assert "--no-databases" in words
    assert "install_servers" not in words
    paths = PYPROJECT["tool"]["noxfile"]["unit"]
    assert isinstance(paths, list)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("option", [[], ["--no-databases"]])
def test_no_databases(pytester: pytest.Pytester, option: list[str]) -> None:
    """With ``--no-databases`` a test that opens SQLite or asks for a server fails; without, it passes."""
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text())
    pytester.makepyfile(
        """
        import sqlite3


        def test_opens():
            sqlite3.connect(":memory:").close()


        def test_asks(sqlite_server):
            assert sqlite_server
        """
    )
    result = pytester.runpytest_subprocess(*option)
    result.assert_outcomes(**({"failed": 1, "errors": 1} if option else {"passed": 2}))


@pytest.mark.parametrize("session", SESSIONS)
def test_each_session_is_explained(session: str) -> None:
    """``nox --list`` has a sentence for each."""
    told = ast.get_docstring(SESSIONS[session]) or ""
    assert re.match(r"[A-Z].+[.:]", told), told


@pytest.mark.parametrize("session", [name for name in SESSIONS if list(calls(name))])
def test_words_are_passed_on_and_callers_kept_out(session: str) -> None:
    """What follows ``--`` reaches the program; the caller's variables do only where that is meant."""
    kept = [ast.unparse(call) for call in calls(session)]
    assert all("*session.posargs" in call for call in kept), kept
    own = [call for call in kept if "env=steady()" not in call]
    assert len(own) == CALLERS_OWN.get(session, 0), own


def test_steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """What steers Switchback or Django is taken away from a session, and nothing else."""
    (node,) = (item for item in TREE.body if isinstance(item, ast.FunctionDef) and item.name == "steady")
    names: dict[str, Any] = {"os": os, "STEERING": assigned("STEERING")}
    exec(f"from __future__ import annotations\n{ast.unparse(node)}", names)
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "SWITCHBACK_APP", "LANG"):
        monkeypatch.setenv(name, "x")
    taken = names["steady"]()
    assert set(taken.values()) == {None}
    assert {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "SWITCHBACK_APP"} <= taken.keys()
    assert "LANG" not in taken


@pytest.mark.parametrize("session", ["performance", "backup_verification", "all_checks", "checklist"])
def test_checks_are_done_on_every_database(session: str) -> None:
    """SQLite and both versions of PostgreSQL."""
    assert assigned("DATABASES") == ("sqlite", "postgresql-15", "postgresql-18")
    assert all("*on(*DATABASES)" in ast.unparse(call) for call in calls(session))


def test_every_version_is_tested() -> None:
    """Each Python and each Django that the package says it runs on is in CI's list."""
    said = PYPROJECT["project"]["classifiers"]
    versions = assigned("VERSIONS")
    assert isinstance(versions, tuple)
    for place, name in enumerate(("Programming Language :: Python :: 3.", "Framework :: Django :: ")):
        promised = {item.rpartition(" ")[2] for item in said if item.startswith(name)}
        assert {pair[place] for pair in versions} == promised
