"""A program of the project is run as far as Django, with the settings that it makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from django_switchback.worker.project.program import package_of_program
from django_switchback.worker.protocol import Program

RUN = """
import json, os, sys
from django_switchback.worker.guard.refuse_django_connections import keep_newest_settings
from django_switchback.worker.project import program
from django_switchback.worker.project.program import package_of_program, set_up_by_program
from django_switchback.worker.protocol import Program
from django_switchback.worker.replacements.settings import replacement_environment
from pathlib import Path

os.environ.update(replacement_environment(Path("files"), ()))
words, named = json.loads(sys.argv[1])
with keep_newest_settings():
    name = set_up_by_program(Program(("shop",), tuple(words)), named)
module = sys.modules.get(name) or __import__(name)
print(json.dumps([name, module.SECRET_KEY, getattr(module, "ADDED", None), sys.argv[1:]]))
"""
HANDS_OVER = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
CATCHES = """
import sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(sys.argv)
except Exception:
    print("caught")
"""
CHANGES = """
from django.conf import settings
settings.SECRET_KEY = "mine"
settings.ADDED = 1
"""
DEFAULT = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "own")\n'
CASES = {
    "a default": (DEFAULT + HANDS_OVER, "", ["own", "own", None]),
    "settings that are named": (DEFAULT + HANDS_OVER, "other", ["other", "other", None]),
    "settings changed before Django": (DEFAULT + CHANGES + HANDS_OVER, "", ["own", "mine", 1]),
    "settings without a module": (
        f"from django.conf import settings\nsettings.configure(SECRET_KEY='made')\n{HANDS_OVER}",
        "",
        ["switchback_configured_settings", "made", None],
    ),
    "an exception is no way out": (DEFAULT + CATCHES, "", ["own", "own", None]),
}


def run(
    folder: Path, text: str, *, named: str = "", words: tuple[str, ...] = (), **variables: str
) -> tuple[list[object], str]:
    """Set up by a program with ``text``; return what came of it, and the end of what was printed else."""
    (folder / "shop.py").write_text(text)
    (folder / "own.py").write_text("SECRET_KEY = 'own'\n")
    (folder / "other.py").write_text("SECRET_KEY = 'other'\n")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SWITCHBACK"))
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps([words or ("shop.py",), named])],
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return (json.loads(done.stdout) if done.returncode == 0 else []), done.stderr


@pytest.mark.parametrize("case", CASES)
def test_settings_are_those_of_the_program(tmp_path: Path, case: str) -> None:
    """Whatever way it sets them up; Django gets the words of ``migrate``."""
    text, named, expected = CASES[case]
    found, said = run(tmp_path, text, named=named)
    assert found[:3] == expected, said
    assert found[3] == ["migrate"]


def test_a_module_is_a_program(tmp_path: Path) -> None:
    """``python -m shop`` with further words keeps them before ``migrate``."""
    found, said = run(tmp_path, DEFAULT + HANDS_OVER, words=("-m", "shop", "django"))
    assert found[0] == "own", said
    assert found[3] == ["django", "migrate"]


def test_a_program_that_ends_before_django(tmp_path: Path) -> None:
    """It is told which words are missing, with the status."""
    _, said = run(tmp_path, "raise SystemExit(2)\n")
    assert "shop migrate ended before it called Django's migrate (with 2): expected the program" in said


def test_a_program_with_settings_of_its_own(tmp_path: Path) -> None:
    """``--settings`` is not ignored in silence."""
    text = DEFAULT.replace("setdefault(", "__setitem__(")
    _, said = run(tmp_path, text + HANDS_OVER, named="other")
    assert "shop sets DJANGO_SETTINGS_MODULE to own, whatever is named: leave --settings other out" in said


def test_a_program_without_settings(tmp_path: Path) -> None:
    """It is told how to name them, rather than that a module has no name."""
    _, said = run(tmp_path, HANDS_OVER)
    expected = (
        "shop called Django without settings (it sets no DJANGO_SETTINGS_MODULE): name them by --settings"
    )
    assert expected in said


def test_safe_path_is_kept(tmp_path: Path) -> None:
    """Python's ``-P`` leaves the program's folder out of ``sys.path``, as it does without a rehearsal."""
    text = f"import sys\nprint(sys.path[0], file=sys.stderr)\n{DEFAULT}{HANDS_OVER}"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/shop.py").write_text(text)
    _, said = run(tmp_path, "", words=("bin/shop.py",))
    assert said.startswith(f"{tmp_path}/bin\n")
    _, said = run(tmp_path, "", words=("bin/shop.py",), PYTHONSAFEPATH="1", PYTHONPATH=str(tmp_path))
    assert said.startswith(f"{tmp_path}\n")


@pytest.mark.parametrize(
    ("words", "package"),
    [
        (("-m", "shop.run", "django"), "shop"),
        (("-m", "django"), ""),
        ((f"{Path(sys.executable).parent}/django-admin",), ""),
        ((f"{Path(sys.executable).parent}/switchback",), "django_switchback"),
        (("run.py",), ""),
    ],
)
def test_the_package_of_a_program(words: tuple[str, ...], package: str) -> None:
    """Django's own programs have none: its apps are nobody's own."""
    assert package_of_program(Program(words, words)) == package
