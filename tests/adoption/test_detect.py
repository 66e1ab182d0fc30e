"""What ``init`` detects by files alone: place of the project, what installs it, its databases and CI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from django_switchback.adoption.detect import NoProject, detect


def repository(root: Path, **files: str) -> Path:
    """Make a repository with ``manage.py`` and ``files``, whose names have two underscores for a slash."""
    (root / "manage.py").touch()
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "installer"),
    [
        ({}, "pip"),
        ({"requirements_dot_txt": "django"}, "pip"),
        ({"uv_dot_lock": "", "pyproject_dot_toml": ""}, "uv"),
        ({"pyproject_dot_toml": "[tool.uv]\n"}, "uv"),
        ({"pyproject_dot_toml": "[tool.uv]\n", "requirements_dot_txt": "django"}, "pip"),
        ({"poetry_dot_lock": ""}, "poetry"),
        ({"pyproject_dot_toml": "[tool.poetry]\n"}, "poetry"),
        ({"pyproject_dot_toml": "no [ toml"}, "pip"),
    ],
)
def test_installer(tmp_path: Path, files: dict[str, str], installer: str) -> None:
    """By the lock file, then by the table of pyproject.toml, else pip."""
    assert detect(repository(tmp_path, **files)).installer == installer


@pytest.mark.parametrize(
    ("settings", "databases"),
    [
        ('"ENGINE": "django.db.backends.sqlite3"', ("sqlite",)),
        ('"ENGINE": "django.db.backends.postgresql"', ("postgresql",)),
        ("sqlite3 on laptops, postgresql in production", ("sqlite", "postgresql")),
        ("", ("sqlite", "postgresql")),
    ],
)
def test_databases(tmp_path: Path, settings: str, databases: tuple[str, ...]) -> None:
    """Those that the settings mention; both where none is mentioned."""
    assert detect(repository(tmp_path, site__settings_dot_py=settings)).databases == databases


@pytest.mark.parametrize(
    ("files", "hosts"),
    [
        ({}, ("github",)),
        ({"_dot_gitlab-ci_dot_yml": ""}, ("gitlab",)),
        ({"_dot_git__config": "url = git@gitlab.example.com:a/b.git"}, ("gitlab",)),
        ({"_dot_github__dependabot_dot_yml": "", "_dot_gitlab-ci_dot_yml": ""}, ("github", "gitlab")),
    ],
)
def test_hosts(tmp_path: Path, files: dict[str, str], hosts: tuple[str, ...]) -> None:
    """By files, then by the remote; GitHub where nothing tells."""
    assert detect(repository(tmp_path, **files)).hosts == hosts


def test_a_project_below(tmp_path: Path) -> None:
    """Its own requirements count beside the repository's."""
    (tmp_path / "backend/requirements").mkdir(parents=True)
    (tmp_path / "backend/manage.py").touch()
    (tmp_path / "backend/requirements/base.txt").touch()
    (tmp_path / ".python-version").write_text("3.13.2\n")
    detected = detect(tmp_path)
    assert (detected.project, detected.requirements) == ("backend", ("backend/requirements/base.txt",))
    assert detected.python == "3.13"


def test_no_project(tmp_path: Path) -> None:
    """Refused with what to do, also for a project with a program in place of ``manage.py``."""
    with pytest.raises(NoProject, match="run init in the root of the repository") as info:
        detect(tmp_path)
    assert str(info.value).endswith("in place of manage.py: init --manage PROGRAM")
    assert str(NoProject(tmp_path, ("a", "b"))).endswith(": init --manage a or --manage b")


def test_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are installed and run Django's commands."""
    (tmp_path / "shop-1.dist-info").mkdir()
    (tmp_path / "shop-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (tmp_path / "shop-1.dist-info/entry_points.txt").write_text(
        "[console_scripts]\nshop-server = shop:main\n"
    )
    (tmp_path / "shop.py").write_text("# DJANGO_SETTINGS_MODULE execute_from_command_line\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(NoProject, match=r": init --manage shop-server$"):
        detect(tmp_path)
