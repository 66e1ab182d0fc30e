"""What a project lacks is told by name, with what to type."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from django_switchback.worker.project.missing_requirements import missing_requirement


def raised(text: str) -> Exception:
    """Return what ``text`` raises."""
    with pytest.raises(Exception) as info:  # noqa: PT011  of any kind
        exec(text, {"os": os, "importlib": importlib})
    return info.value


def test_a_package_that_another_interpreter_has(tmp_path: Path) -> None:
    """The virtual environment beside the project, or above it, is named."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / "backend").mkdir()
    hint = missing_requirement(raised("import no_such.package"), tmp_path / "backend")
    assert hint.startswith(f"{sys.executable} has no no_such: install the project's requirements there, or ")
    assert hint.endswith(f"--python {python}")


def test_a_variable_of_the_environment(tmp_path: Path) -> None:
    """It is told by name."""
    hint = missing_requirement(raised("os.environ['NOBODY_SET_THIS']"), tmp_path)
    assert hint.startswith("the environment has no variable NOBODY_SET_THIS: set it")


@pytest.mark.parametrize(
    "text",
    [
        "{}['NAME']",
        "import os.nothing",
        "1 / 0",
        "import bare_module.nothing",
        "raise ModuleNotFoundError(name='.sibling')",
    ],
)
def test_what_no_requirement_explains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Other errors stay as they are: a key of a dictionary, a part that a loaded or bare package lacks."""
    monkeypatch.setitem(sys.modules, "bare_module", ModuleType("bare_module"))
    assert missing_requirement(raised(text), tmp_path) == ""
