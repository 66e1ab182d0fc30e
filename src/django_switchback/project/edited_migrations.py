"""Find the migrations that a git ref already has and that were edited, deleted or renamed since."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from django_switchback.evidence import MigrationChanged, MigrationFact, MigrationName
from django_switchback.project.git import git, merge_base
from django_switchback.project.migration_content import content_digest

ABOUT_SQUASHING = frozenset({"replaces", "dependencies"})
"""The attributes that change when the migrations that a squashed one replaces are deleted."""


class _Change(NamedTuple):
    """A file that differs from the base: ``M``, ``D``, ``A`` or ``R``, then from ``old`` to ``path``."""

    status: str
    old: str
    path: str


def migrations_changed_since(
    ref: str, project: Path, facts: Iterable[MigrationFact]
) -> tuple[MigrationChanged, ...]:
    """Return how the migrations of the merge base with ``ref`` were changed, by content.

    Formatting, comments and docstrings are not changes. Nor is what follows a squashed migration that the
    base has: the migrations that it replaces are deleted, and it says so no more. Raises
    :class:`UnknownGitRef`.
    """
    return tuple(_Comparison(ref, project, tuple(facts)).changes())


class _Comparison:
    """Compares the files of migrations with those of the base."""

    def __init__(self, ref: str, project: Path, facts: tuple[MigrationFact, ...]) -> None:
        self._ref = ref
        self._project = project
        self._base = merge_base(ref, project)
        self._apps = {
            PurePath(fact.path).parent: fact.id.app
            for fact in facts
            if fact.first_party and not PurePath(fact.path).is_absolute()
        }
        self._files = tuple(self._changed_files())
        added = {change.path for change in self._files if change.status == "A"}
        self._replaced = {name for fact in facts if fact.path not in added for name in fact.replaces} | {
            name for change in self._files if change.status in "MR" for name in self._replaced_in(change)
        }

        deleted = {self._name(change.old) for change in self._files if change.status == "D"}
        self._leave_out = ABOUT_SQUASHING if deleted & self._replaced else frozenset[str]()

    def changes(self) -> Iterator[MigrationChanged]:
        """Yield the changes in the order of the paths."""
        for change in self._files:
            match change.status:
                case "M" if self._is_edited(change):
                    yield self._record(change, "edited")
                case "R":
                    yield self._record(change, "renamed")
                case "D" if self._name(change.old) not in self._replaced:
                    yield self._record(change, "deleted")

    def _record(self, change: _Change, kind: Literal["edited", "deleted", "renamed"]) -> MigrationChanged:
        renamed = self._name(change.path) if kind == "renamed" else None
        return MigrationChanged(
            migration=self._name(change.old),
            change=kind,
            path=change.old,
            since=self._ref,
            base=self._base[:12],
            renamed_to=renamed,
        )

    def _changed_files(self) -> Iterator[_Change]:
        """Yield the changed files of migrations; a deleted one that is there untracked is renamed."""
        listed = self._git("diff", "--name-status", "-M", "--relative", "-z", self._base).decode(
            "utf-8", "surrogateescape"
        )
        untracked = self._git("ls-files", "--others", "--exclude-standard", "-z").decode(
            "utf-8", "surrogateescape"
        )
        new = {self._digest(path): path for path in untracked.split("\0") if self._is_migration(path)}
        for change in _parsed(listed.split("\0")):
            if not self._is_migration(change.old):
                continue
            moved = new.get(content_digest(self._at_base(change.old))) if change.status == "D" else None
            yield change if moved is None else _Change("R", change.old, moved)
        yield from (_Change("A", path, path) for path in new.values())

    def _is_migration(self, path: str) -> bool:
        pure = PurePath(path)
        return pure.suffix == ".py" and not pure.name.startswith("_") and pure.parent in self._apps

    def _is_edited(self, change: _Change) -> bool:
        before, now = self._at_base(change.path), (self._project / change.path).read_bytes()
        return content_digest(before, self._leave_out) != content_digest(now, self._leave_out)

    def _replaced_in(self, change: _Change) -> Iterator[MigrationName]:
        """Yield what the base's version of a migration replaces."""
        for app, name in _replaces(self._at_base(change.old)):
            yield MigrationName(app=app, name=name)

    def _name(self, path: str) -> MigrationName:
        pure = PurePath(path)
        return MigrationName(app=self._apps.get(pure.parent, pure.parent.parent.name), name=pure.stem)

    def _digest(self, path: str) -> str:
        return content_digest((self._project / path).read_bytes())

    def _at_base(self, path: str) -> bytes:
        return self._git("show", f"{self._base}:./{path}")

    def _git(self, *words: str) -> bytes:
        return git(self._ref, self._project, *words)


def _parsed(words: list[str]) -> Iterator[_Change]:
    """Yield the entries of ``git diff --name-status -z``: a status, then one path or two."""
    rest = iter(words)
    for status in rest:
        if not status:
            return
        old = next(rest)
        yield _Change(status[0], old, next(rest) if status[0] in "RC" else old)


def _replaces(source: bytes) -> Iterator[tuple[str, str]]:
    """Yield the pairs of ``replaces`` in a migration's source."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id="replaces")], value=ast.List(elts=items) | ast.Tuple(elts=items)
            ):
                for item in items:
                    match item:
                        case ast.Tuple(elts=[ast.Constant(value=str(app)), ast.Constant(value=str(name))]):
                            yield app, name
