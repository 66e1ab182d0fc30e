"""Programs in place of ``manage.py``: found, refused, and named where one is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from django_switchback.config.config import load_config
from django_switchback.config.programs import django_programs
from django_switchback.errors import UsageError

CALLS = "from django.core.management import execute_from_command_line\n"
SETS = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n"


def install(folder: Path, *, package: str, program: str, text: str = SETS + CALLS) -> str:
    """Install a package with a program into a virtual environment; return its interpreter."""
    library = folder / "lib" / "python3.12" / "site-packages"
    info = library / f"{package}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{program} = {package}.cli:main\n")
    (library / package).mkdir()
    (library / package / "cli.py").write_text(text)
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python"
    if not python.exists():
        python.symlink_to(sys.executable)
    (folder / "bin" / program).write_text(f"from {package}.cli import main\n")
    return str(python)


def test_programs_that_run_django_are_named(tmp_path: Path) -> None:
    """A folder without ``manage.py`` is told of them, of those of the settings' package if it has some."""
    python = install(tmp_path / "env", package="shop", program="shop-server")
    install(tmp_path / "env", package="blog", program="blogctl")
    install(tmp_path / "env", package="tool", program="tool", text="print('no Django')\n")
    install(tmp_path / "env", package="starter", program="start", text=CALLS)
    assert django_programs(python, "") == ("blogctl", "shop-server")
    assert django_programs(python, "shop.settings") == ("shop-server",)
    with pytest.raises(UsageError, match=r"--manage blogctl or --manage shop-server$"):
        load_config({"python": python}, {}, tmp_path)


def test_a_program_beside_the_interpreter(tmp_path: Path) -> None:
    """The folder needs no ``manage.py`` then; the program sets the settings, unless an option names them."""
    python = install(tmp_path / "env", package="shop", program="shop-server")
    flags = {"python": python, "manage": "shop-server django"}
    environ = {"DJANGO_SETTINGS_MODULE": "any"}
    config = load_config(flags, environ, tmp_path)
    assert config.manage == ("shop-server", "django")
    assert config.program == (str(tmp_path / "env/bin/shop-server"), "django")
    assert (config.project, config.settings, config.initial_settings) == (tmp_path, "", "any")
    named = load_config(flags | {"settings": "a.b"}, environ, tmp_path)
    assert (named.settings, named.initial_settings) == ("a.b", "")


@pytest.mark.parametrize(
    ("dotenv", "environ", "found"),
    [
        ("DJANGO_SETTINGS_MODULE=file", {}, ("", "file")),
        ("DJANGO_SETTINGS_MODULE=file", {"DJANGO_SETTINGS_MODULE": "environment"}, ("", "environment")),
        ("SWITCHBACK_SETTINGS=file", {}, ("file", "")),
        ("SWITCHBACK_DATABASE_UNNAMED=1\nSWITCHBACK_SETTINGS=file", {}, ("file", "")),
        ("", {}, ("", "")),
    ],
)
def test_settings_beside_a_program(
    tmp_path: Path, dotenv: str, environ: dict[str, str], found: tuple[str, str]
) -> None:
    """``DJANGO_SETTINGS_MODULE`` is what the program finds, wherever it is set; an option stays apart."""
    (tmp_path / "run.py").touch()
    (tmp_path / ".env").write_text(dotenv)
    config = load_config({"manage": "./run.py"}, environ, tmp_path)
    assert (config.settings, config.initial_settings) == found


@pytest.mark.parametrize(
    ("manage", "program"),
    [
        ("python -m shop.run", ("-m", "shop.run")),
        ("python tools/run.py", ("{}/tools/run.py",)),
        ("tools/run.py x", ("{}/tools/run.py", "x")),
    ],
)
def test_modules_and_files(tmp_path: Path, manage: str, program: tuple[str, ...]) -> None:
    """``python`` stands for the project's interpreter; a file is one of the project's folder."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/run.py").touch()
    found = load_config({}, {"SWITCHBACK_MANAGE": manage}, tmp_path).program
    assert found == tuple(word.format(tmp_path) for word in program)


def test_a_program_that_is_none(tmp_path: Path) -> None:
    """One that does not exist is refused with those that do, and one that is no Python for being none."""
    python = install(tmp_path / "env", package="shop", program="shop-server")
    (tmp_path / "run.sh").write_text("#!/bin/sh\nexec python manage.py $@\n")
    with pytest.raises(UsageError, match=r"'nix' for --manage: .*, such as shop-server$"):
        load_config({"python": python, "manage": "nix"}, {}, tmp_path)
    with pytest.raises(UsageError, match=r"'\./run\.sh' for --manage: expected a program written in Python"):
        load_config({"manage": "./run.sh"}, {}, tmp_path)
