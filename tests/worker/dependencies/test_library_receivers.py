"""Receivers of installed packages depend on all of the project that they may see, and on nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from django_switchback.worker.dependencies import library_receivers
from django_switchback.worker.dependencies.library_receivers import (
    read_installed_code,
    visible_code,
    words_of,
)

INSTALLED = b"""
    def connect(model):
        model.save()
        getattr(model, f"show_{model.kind}")
        getattr(model, "%s_label" % model.kind)
        return model._count
"""
SOURCE = """
    class Post(models.Model):
        name = models.CharField(max_length=60)

        def full_title(self):
            return "a"
"""


def visible(source: str) -> list[str]:
    """Return what installed code may see of a module with ``source``."""
    return visible_code([ast.parse(dedent(source))], words_of(INSTALLED))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('return "a"', 'return "b"'),
        ("def full_title(self):", "def full_heading(self) -> str:"),
        ("def full_title(self):", "@property\n        def full_count(self):"),
        ("class Post(models.Model):", "class Post(models.Model):  # a comment"),
    ],
    ids=["body", "another method", "property", "comment"],
)
def test_not_seen(old: str, new: str) -> None:
    """A function that nothing names is not seen, and no comment is."""
    assert old in SOURCE
    assert visible(SOURCE) == visible(SOURCE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_length=60", "max_length=61"),
        ("class Post(", "class Article("),
        ("models.Model", "models.Other"),
        ("class Post", "@register\n    class Post"),
        ("full_title", "save"),
        ("full_title", "__str__"),
        ("full_title", "größe"),
        ("full_title", "show_all"),
        ("full_title", "any_label"),
        ("def full", "@register\n        def full"),
        ("self):", "self, title=made()):"),
    ],
)
def test_seen(old: str, new: str) -> None:
    """Fields, classes and decorators are seen; so are methods that installed code may name."""
    assert old in SOURCE
    changed = SOURCE.replace(old, new)
    assert visible(SOURCE) != visible(changed)
    body = changed.replace('return "a"', 'return "b"')
    if old in {"full_title", "def full", "self):"}:
        assert visible(changed) != visible(body)


def test_names_of_one_letter() -> None:
    """A name of one letter is a name like any other."""
    source = "def f(self): return 3"
    installed = words_of(b"model.f()")
    assert visible_code([ast.parse(source)], installed) == [ast.dump(ast.parse(source).body[0])]


def test_seen_by_way_of_others() -> None:
    """A function that is seen makes those seen that it names."""
    source = """
        def save(self):
            return self.second()

        def second(self):
            return getattr(self, "third")

        def third(self):
            return 3
    """
    assert visible(source) != visible(source.replace("return 3", "return 4"))


@pytest.mark.parametrize(
    ("place", "code", "reads"),
    [
        ("library.py", "from django.db.migrations.loader import MigrationLoader", True),
        ("library.py", "from django.core.management import call_command", True),
        ("library.py", "call_command = 1", False),
        ("library.py", "from django.db import models", False),
        ("tests/library.py", "from django.core.management import call_command", False),
    ],
)
def test_reads_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, code: str, reads: bool
) -> None:
    """Installed code that may read migrations from their files is found, but not in tests of packages."""
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(code)
    module = ModuleType("library")
    module.__file__ = str(file)
    # Only for the call: pytest needs its modules to report a failure.
    with monkeypatch.context() as patched:
        patched.setattr(library_receivers, "installation_folders", lambda: {tmp_path})
        patched.setattr(sys, "modules", {"library": module})
        found, without = read_installed_code(()), read_installed_code(["library"])
    assert found.reads_migrations == reads
    assert without.words.all == frozenset()


def test_words_of_whole_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of a package that are not loaded yet are read too: a receiver may import them."""
    package = tmp_path / "site-packages" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "later.py").write_text("def call(model): model.full_title()")
    module = ModuleType("library")
    module.__file__ = str(package / "__init__.py")
    with monkeypatch.context() as patched:
        patched.setattr(library_receivers, "installation_folders", lambda: {package.parent})
        patched.setattr(sys, "modules", {"library": module})
        found = read_installed_code(())
    assert found.words.name("full_title")
