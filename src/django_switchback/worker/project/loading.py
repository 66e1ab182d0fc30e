"""The project under test, loaded in this process with every database swapped for a sandbox."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard import connections, environment, foreign_access
from django_switchback.worker.project import databases as swap
from django_switchback.worker.project import manage_setup
from django_switchback.worker.project.sandboxes import SandboxSwitcher, install_guard
from django_switchback.worker.project.swappable import keep_swappable_names
from django_switchback.worker.protocol import Job
from django_switchback.worker.replacements import settings as replaced


def load_project(job: Job) -> dict[str, Address]:
    """Set Django up and return a new sandbox for each alias of the project.

    Whatever the project's ``manage.py``, settings and apps raise passes through.
    """
    sandboxes = {"default": job.factory.create("default")}
    # Before anything of the project is run: neither manage.py nor the settings may get at its own databases.
    install_guard(job.factory)
    environment.point_environment_at(sandboxes["default"])
    file = Path(job.folder, f"sandboxes-{os.getpid()}.json")
    swap.write_sandboxes(file, sandboxes)
    foreign_access.add_unreported(manage_setup.apply_manage_setup(Path(job.folder), file))
    files = Path(job.files)
    files.mkdir(exist_ok=True)
    os.environ.update(replaced.replacement_environment(files, job.keep))
    # Some modules of settings ask Django for values of theirs while they are being loaded.
    os.environ["DJANGO_SETTINGS_MODULE"] = job.settings
    with connections.keep_newest_settings():
        module = importlib.import_module(job.settings)
        databases = getattr(module, "DATABASES", {}) or {"default": {}}
        aliases = [alias for alias in databases if swap.mirrored(alias, databases) == alias]
        sandboxes = {alias: sandboxes.get(alias) or job.factory.create(_label(alias)) for alias in aliases}
        _export_sandboxes(job, sandboxes)
        # Those that asked made Django take what was there of them; it shall take the swapped ones.
        settings._setup()
    connections.reset_connections()
    django.setup()
    keep_swappable_names()
    _register_receivers()
    return sandboxes


def renew_sandboxes(job: Job, sandboxes: Mapping[str, Address]) -> dict[str, Address]:
    """Let each alias be connected to a new sandbox in place of the one that it had, which is dropped."""
    fresh = {alias: job.factory.create(_label(alias)) for alias in sandboxes}
    for alias, sandbox in sandboxes.items():
        SandboxSwitcher(job.factory, alias, sandbox).replace(fresh[alias])
    _export_sandboxes(job, fresh)
    return fresh


def _export_sandboxes(job: Job, sandboxes: dict[str, Address]) -> None:
    """Let what the project starts be connected to the same sandboxes."""
    file = Path(job.folder, f"sandboxes-{os.getpid()}.json")
    swap.write_sandboxes(file, sandboxes)
    os.environ.update(swap.sandbox_environment(job.settings, file, sandboxes))


def _label(alias: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in alias.lower())[:19]


def _register_receivers() -> None:
    """Import the ``management`` module of each app, as ``migrate`` does: receivers are registered there."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "management"):
            import_module(".management", config.name)
