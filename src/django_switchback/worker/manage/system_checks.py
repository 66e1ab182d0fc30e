"""Runs Django's system checks as ``manage.py check`` does; one that raises is a message, and no end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core import checks
from django.core.checks.registry import registry

from django_switchback.worker.failure import failure_of
from django_switchback.worker.guard.required_database import location_of


def check_messages(root: Path, *, deploy: bool) -> list[checks.CheckMessage]:
    """Return the messages that are not silenced, with ``deploy`` those of ``check --deploy``.

    ``root`` is the project's folder.
    """
    try:
        found = checks.run_checks(include_deployment_checks=deploy)
    except Exception:
        # Where Django's commands end, the others are run all the same.
        found = [message for check in registry.get_checks(deploy) for message in _messages_of(check, root)]
    return [message for message in found if not message.is_silenced()]


def _messages_of(check: Callable[..., Any], root: Path) -> Iterator[checks.CheckMessage]:
    try:
        yield from check(app_configs=None, databases=None)
    except Exception as error:
        failure = failure_of(error)
        where = location_of(error, root)
        # An object with __call__ has no name.
        name = getattr(check, "__qualname__", type(check).__qualname__)
        yield checks.Error(
            f"it raises {failure.type}: {failure.message}{f' ({where})' if where else ''}",
            hint="Correct the check, or what it checks: where it raises, Django's commands end.",
            id=f"{check.__module__}.{name}",
        )
