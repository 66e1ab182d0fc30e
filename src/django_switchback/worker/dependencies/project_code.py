"""Divides the modules of a project: those that every cycle depends on, and those that only some do."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import signals

from django_switchback.worker.dependencies.head_models import checking_modules
from django_switchback.worker.dependencies.library_receivers import read_installed_code, visible_code
from django_switchback.worker.dependencies.modules import ModuleFiles, is_quiet
from django_switchback.worker.dependencies.receivers import Receiver, receivers_in_cycles
from django_switchback.worker.dependencies.unstable_code import ReachedCode, Reading
from django_switchback.worker.protocol import WorkerConfig
from django_switchback.worker.seed.interface import Model

_SETTINGS_WITH_CLASSES = ("DATABASE_ROUTERS", "PASSWORD_HASHERS", "MIGRATION_MODULES")
_SCENARIOS = "migration_scenarios."


def digest(facts: Iterable[object]) -> str:
    """Return one digest of several facts, by their ``repr``."""
    return hashlib.sha256("\0".join(map(repr, facts)).encode("utf-8", "backslashreplace")).hexdigest()


class ProjectCode:
    """The modules of the project that are loaded, as far as cycles depend on them.

    Modules with models are in no cycle by themselves: migrations have models of their own. They count where
    code of a cycle imports them, may use models at head, or where importing them changes other modules.
    """

    def __init__(
        self, config: WorkerConfig, unmigrated: Collection[str], migrations: Collection[str]
    ) -> None:
        """Take the labels of apps without migrations, and the modules of all migrations."""
        self.files = ModuleFiles()
        self._config = config
        self._migrations = migrations
        self._unmigrated = unmigrated
        self._loaded = self.files.loaded()
        self._models = apps.get_models(include_auto_created=True)
        self._model_names = frozenset(model.__name__ for model in self._models)
        self._read: dict[str, Reading] = {}

    @cached_property
    def whole(self) -> str:
        """A digest of all modules of the project that are loaded, with all that they import."""
        return digest(self.files.described(self.files.closure(self._loaded)))

    @cached_property
    def seen_by_libraries(self) -> str:
        """A digest of what code of a library that may use any model at head depends on."""
        installed = read_installed_code(self._loaded)
        if installed.reads_migrations:
            return self.whole
        started = {*self._loaded, *self._found_by_name(installed.words.quoted)} - set(self._migrations)
        modules = self.files.closure(started)
        trees = {name: self.tree(name) for name in sorted(modules)}
        others = self.files.described(modules)
        return digest(
            [
                *((name, content) for name, content in others if trees[name] is None),
                *visible_code((tree for tree in trees.values() if tree is not None), installed.words),
            ]
        )

    def _found_by_name(self, quoted: Collection[str]) -> Iterator[str]:
        """Yield modules beside those of apps, such as ``admin``, whose names libraries write as a string."""
        for config in apps.get_app_configs():
            if self.files.file(config.name) is not None:
                for path in Path(config.path).iterdir():
                    if path.stem in quoted and path.stem != "tests":
                        yield f"{config.name}.{path.stem}"

    @cached_property
    def in_every_cycle(self) -> str:
        """A digest of the code that every cycle depends on."""
        receivers = tuple(receivers_in_cycles(of_live_models=False))
        # A library's receiver may do anything with the models of the project.
        foreign = any(found.migrates and self.files.file(found.module) is None for found in receivers)
        return self._always_run(receivers, self.read_always, self.seen_by_libraries if foreign else "")

    @cached_property
    def on_way_to_head(self) -> str:
        """A digest of the code that each way to head depends on, before its ``post_migrate``.

        One whose ``pre_migrate`` sends statements is kept by nobody: a library's receiver of that uses no
        models of the project.
        """
        return self._always_run(self._before_post_migrate, self.read_on_way)

    def _always_run(self, receivers: Sequence[Receiver], read: Reading, wide: str = "") -> str:
        started = {type(config).__module__ for config in apps.get_app_configs()}
        # A program in place of manage.py may have named the settings.
        started |= {os.environ["SWITCHBACK_PROJECT_SETTINGS"], *_modules_in_settings(), *self._scenarios}
        modules = self.files.closure(started, without={model.__module__ for model in self._models})
        modules |= {name for name in self._loaded if not self._is_quiet(name)}
        # Models of apps without migrations are rendered as they are at head.
        rendered = {model.__module__ for model in self._models if model._meta.app_label in self._unmigrated}
        modules |= self.files.closure({*rendered, *self._scenarios, *(found.module for found in receivers)})
        if read.uses_live_models:
            wide = self.whole
        manage = Path(self._config.project, "manage.py")
        return digest(
            [
                self.files.described(modules),
                self.files.digest(manage) if manage.is_file() else "",
                # Which receivers there are may depend on the environment.
                sorted((found.module, found.name) for found in receivers),
                wide,
            ]
        )

    @cached_property
    def read_always(self) -> Reading:
        """What the code says of itself that runs in every cycle: receivers and scenarios."""
        return self._read_always(receivers_in_cycles(of_live_models=False))

    @cached_property
    def read_on_way(self) -> Reading:
        """What the code says of itself that runs on each way to head, before its ``post_migrate``."""
        return self._read_always(self._before_post_migrate)

    @cached_property
    def _before_post_migrate(self) -> tuple[Receiver, ...]:
        without = receivers_in_cycles(of_live_models=False, without=(signals.post_migrate,))
        return tuple(without)

    def _read_always(self, found: Iterable[Receiver]) -> Reading:
        receivers = self._read_receivers(found)
        scenarios = [tree for name in sorted(self._scenarios) if (tree := self.tree(name)) is not None]
        read = self.read(self._scenarios, scenarios)
        live = receivers.uses_live_models or bool(receivers.names) or read.uses_live_models
        return Reading(receivers.unstable or read.unstable, live)

    @cached_property
    def unstable_with_live_models(self) -> str:
        """The first unstable expression of receivers that run where models at head are used."""
        return self._read_receivers(receivers_in_cycles(of_live_models=True)).unstable

    def used_at_head(self, module: str) -> str | None:
        """Return a digest of what a migration's module uses of the models at head; empty if it uses none.

        ``None`` stands for all code of the project: only of installed code is it known what it cannot see.
        """
        if not self.read_module(module).uses_live_models:
            return ""
        own = self.files.file(module) is not None
        return None if own or self.unstable_with_live_models else self.seen_by_libraries

    def read_checks(self, model: Model) -> Reading:
        """Return what the checks of ``model`` say of themselves."""
        return self.read(checking_modules(model), [ast.Name(model.__name__, ast.Load())])

    def read_module(self, module: str) -> Reading:
        """Return what a module of a migration says of itself; a library's is read by itself."""
        if module not in self._read:
            tree = self.tree(module) or _library_tree(module)
            self._read[module] = self.read([module], [tree] if tree is not None else [])
        return self._read[module]

    def read(self, modules: Iterable[str], code: Sequence[ast.AST]) -> Reading:
        """Return what ``code`` says of itself, with what it reaches in ``modules`` and in their imports."""
        trees = map(self.tree, sorted(self.files.closure(modules)))
        return ReachedCode((tree for tree in trees if tree is not None), self._model_names).read(code)

    def tree(self, module: str) -> ast.Module | None:
        """Return the syntax tree of a module of the project, ``None`` of any other."""
        path = self.files.file(module)
        return None if path is None else self.files.tree(path)

    def _read_receivers(self, receivers: Iterable[Receiver]) -> Reading:
        found = tuple(receivers)
        names = sorted({receiver.name for receiver in found})
        return self.read(
            {receiver.module for receiver in found}, [ast.Name(name, ast.Load()) for name in names]
        )

    def _is_quiet(self, module: str) -> bool:
        return is_quiet(self.tree(module))

    @cached_property
    def _scenarios(self) -> frozenset[str]:
        return frozenset(name for name in self._loaded if name.startswith(_SCENARIOS))


def _modules_in_settings() -> Iterator[str]:
    for name in _SETTINGS_WITH_CLASSES:
        value = getattr(settings, name, ())
        for path in value.values() if isinstance(value, Mapping) else value:
            if isinstance(path, str):
                yield from (path, path.rpartition(".")[0])


def _library_tree(module: str) -> ast.Module | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        return None if file is None else ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
