"""The project is found where it is, or up to two levels below; two of them are one too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.config.projects import SeveralProjects, find_project


def project(folder: Path) -> Path:
    """Make a folder with ``manage.py``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manage.py").touch()
    return folder


@pytest.mark.parametrize("place", ["", "backend", "services/backend"])
def test_it_is_found(tmp_path: Path, place: str) -> None:
    """In the folder itself, one level or two levels below."""
    wanted = project(tmp_path / place)
    assert find_project(tmp_path) == wanted


def test_the_folder_itself_comes_first(tmp_path: Path) -> None:
    """What lies below, such as an example, does not matter then."""
    project(tmp_path / "example")
    assert find_project(project(tmp_path)) == tmp_path


def test_several_are_listed(tmp_path: Path) -> None:
    """Nobody's choice is guessed."""
    project(tmp_path / "shop")
    project(tmp_path / "services/blog")
    with pytest.raises(SeveralProjects, match=r": services/blog, shop; name one of them by --project$"):
        find_project(tmp_path)


@pytest.mark.parametrize("place", ["a/b/c", ".hidden", "node_modules/x", "env/lib", "lib/site-packages"])
def test_what_is_no_project_of_the_users(tmp_path: Path, place: str) -> None:
    """Too deep, hidden, of a library, or in a virtual environment."""
    project(tmp_path / place)
    if place.startswith("env"):
        (tmp_path / "env/pyvenv.cfg").touch()
    assert find_project(tmp_path) is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """It may lead out of the folder, or in a circle."""
    outside = project(tmp_path / "outside")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/link").symlink_to(outside)
    assert find_project(tmp_path / "home") is None
