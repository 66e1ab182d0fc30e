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


def test_packages_that_run_django_are_named(tmp_path: Path) -> None:
    """A package that ``python -m`` runs is a program too; one that is run for something else is not."""
    python = install(tmp_path / "env", package="tool", program="tool", text="print('no Django')\n")
    for package, text in (("tickets", SETS + CALLS), ("helper", "print('no Django')\n")):
        library = Path(install(tmp_path / "env", package=package, program=package, text="")).parents[1]
        library /= "lib/python3.12/site-packages"
        (library / package / "__main__.py").write_text(text)
        (library / f"{package}-1.dist-info/RECORD").write_text(f"{package}/__main__.py,,\n")
    assert django_programs(python, "") == ("python -m tickets",)
    with pytest.raises(UsageError, match=r'--manage "python -m tickets"$'):
        load_config({"python": python}, {}, tmp_path)


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
        ("python3.12 -m shop.run django", ("-m", "shop.run", "django")),
        ("python ~/run.py", ("{}/home/run.py",)),
        ("~/run.py", ("{}/home/run.py",)),
        ("python tools/run.py", ("{}/tools/run.py",)),
        ("tools/run.py x", ("{}/tools/run.py", "x")),
    ],
)
def test_modules_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manage: str, program: tuple[str, ...]
) -> None:
    """``python`` of any version is the project's interpreter; a file is one of its folder or of home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for folder in ("tools", "home"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "run.py").touch()
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


@pytest.mark.parametrize(
    ("manage", "said"),
    [
        ("x://u:hunter2@h/y", "'x:…' for --manage: expected a program beside "),
        ("./u:hunter2@h/run.py", "'…' for --manage: expected a program beside "),
        ("python u:hunter2@h/run.py", "'u:…' for --manage: expected a program beside "),
        ("PASSWORD=hunter2 shop", "'PASSWORD=…' for --manage: expected a program; set PASSWORD in the env"),
        ("python", "'python' for --manage: expected a file after python, or -m and a module"),
        ("python3 -m", "'python3' for --manage: expected a file after python3, or -m and a module"),
        ("python -W hunter2", "'python' for --manage: expected a file after python, or -m and a module"),
        ("~nobody-at-all/run.py", "'~nobody-at-all/run.py' for --manage: expected a program beside "),
        ("{}/bin/python3 -m shop", "expected python3 without its folder: --python names the interpreter"),
    ],
)
def test_words_that_are_refused(tmp_path: Path, manage: str, said: str) -> None:
    """By what is expected in their place; a password in them is not repeated."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(sys.executable)
    with pytest.raises(UsageError) as info:
        load_config({"manage": manage.format(tmp_path)}, {}, tmp_path)
    assert said in str(info.value)
    assert "hunter2" not in str(info.value)


@pytest.mark.parametrize("python", ["~nobody-at-all/python", "https://u:hunter2@h/python"])
def test_interpreters_that_are_refused(tmp_path: Path, python: str) -> None:
    """Whatever their path is."""
    with pytest.raises(UsageError, match=r"for --python: expected an executable interpreter$") as info:
        load_config({"python": python, "manage": "./run.py"}, {}, tmp_path)
    assert "hunter2" not in str(info.value)


def test_packages_of_the_folder_are_named_first(tmp_path: Path) -> None:
    """A project that is run as a package lies in its repository, not among what is installed."""
    python = install(tmp_path / "env", package="blog", program="blogctl")
    for package, text in (("shop", SETS + CALLS), ("helper", "print('no Django')\n")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__main__.py").write_text(text)
    assert django_programs(python, "", tmp_path) == ("python -m shop",)
