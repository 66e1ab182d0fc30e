"""Loads the project under test into this process, with every database replaced by a sandbox."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import django
import msgspec
from django import conf
from django.apps import apps
from django.utils.module_loading import module_has_submodule

from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.guard import access_reports, environment, file_reads, refuse_django_connections
from django_switchback.worker.project import databases as swap
from django_switchback.worker.project import manage_setup, program
from django_switchback.worker.project.describe import installation_folders
from django_switchback.worker.project.lost_connections import watch_connections
from django_switchback.worker.project.sandboxes import SandboxSwitcher, install_guard
from django_switchback.worker.project.swappable import cache_swappable_names
from django_switchback.worker.protocol import WorkerConfig
from django_switchback.worker.replacements import settings as replaced


class LoadedProject(NamedTuple):
    """A new sandbox for each alias of the project, and ``config`` with the settings module in use."""

    sandboxes: dict[str, Address]
    config: WorkerConfig


def load_project(config: WorkerConfig) -> LoadedProject:
    """Set up Django on a new sandbox for each alias of the project.

    Exceptions of the project's ``manage.py``, settings and apps are not caught.
    """
    sandboxes = {"default": config.factory.create("default")}
    # Before any code of the project runs: neither manage.py nor the settings may reach its own databases.
    install_guard(config.factory)
    if config.cached:
        own = Path(__file__).parents[2]
        file_reads.watch_files({*installation_folders(), own, Path(config.folder), Path(config.files)})
    watch_connections()
    environment.point_environment_at(sandboxes["default"])
    file = RunFiles(Path(config.folder)).sandboxes()
    swap.write_sandboxes(file, sandboxes)
    files = Path(config.files)
    files.mkdir(exist_ok=True)
    os.environ.update(replaced.replacement_environment(files, config.keep))
    if config.program is None:
        access_reports.add_unreported(manage_setup.apply_manage_setup(Path(config.folder), file))
    # Some settings modules access django.conf.settings while they are loaded.
    with refuse_django_connections.keep_newest_settings():
        if config.program is not None:
            config = msgspec.structs.replace(
                config, settings=program.set_up_by_program(config.program, config.settings)
            )
        os.environ["DJANGO_SETTINGS_MODULE"] = config.settings
        module = importlib.import_module(config.settings)
        databases = getattr(module, "DATABASES", {}) or {"default": {}}
        aliases = [alias for alias in databases if swap.mirrored_alias(alias, databases) == alias]
        sandboxes = {alias: sandboxes.get(alias) or config.factory.create(_label(alias)) for alias in aliases}
        _export_sandboxes(config, sandboxes)
        # Such an access made Django load incomplete settings: load those with the sandboxes. By the module:
        # Dynaconf replaces each global named settings of the modules that are loading them.
        conf.settings._setup()
    refuse_django_connections.reset_connections()
    django.setup()
    cache_swappable_names()
    _register_receivers()
    return LoadedProject(sandboxes, config)


def renew_sandboxes(config: WorkerConfig, sandboxes: Mapping[str, Address]) -> dict[str, Address]:
    """Replace the sandbox of each alias by a new one, and drop the old one."""
    fresh = {alias: config.factory.create(_label(alias)) for alias in sandboxes}
    for alias, sandbox in sandboxes.items():
        SandboxSwitcher(config.factory, alias, sandbox).replace(fresh[alias])
    _export_sandboxes(config, fresh)
    return fresh


def _export_sandboxes(config: WorkerConfig, sandboxes: dict[str, Address]) -> None:
    """Point child processes of the project at the same sandboxes, by file and environment."""
    file = RunFiles(Path(config.folder)).sandboxes()
    swap.write_sandboxes(file, sandboxes)
    os.environ.update(swap.sandbox_environment(config.settings, file, sandboxes))


def _label(alias: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in alias.lower())[:19]


def _register_receivers() -> None:
    """Import the ``management`` module of each app, as ``migrate`` does to register signal receivers."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "management"):
            import_module(".management", config.name)
