"""Django's system checks; one that raises is a message, and keeps the others from nothing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core import checks
from django.core.checks.registry import registry

from django_switchback.worker.manage.system_checks import check_messages

if not settings.configured:
    settings.configure(USE_TZ=True)
    django.setup()

Messages = Iterable[checks.CheckMessage]


def warns(app_configs: object, **options: object) -> Messages:
    """Find something."""
    return [checks.Warning("look here", id="shop.W1")]


def divides(app_configs: object, **options: object) -> Messages:
    """Raise."""
    return [checks.Warning(str(1 / 0))]


def returns_nothing(app_configs: object, **options: object) -> Any:
    """Return what is no list."""


def messages(monkeypatch: pytest.MonkeyPatch, *plain: object, deploy: tuple[object, ...] = ()) -> list[str]:
    """Return what the checks say, and those for a deployment."""
    monkeypatch.setattr(registry, "registered_checks", set(plain))
    monkeypatch.setattr(registry, "deployment_checks", set(deploy))
    found = check_messages(Path(__file__).parent, deploy=bool(deploy))
    return sorted(f"{message.id}: {message.msg}" for message in found)


def test_a_check_that_raises_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its place in the project; what the others find is told all the same."""
    place = f"test_system_checks.py, line {divides.__code__.co_firstlineno + 2}"
    assert messages(monkeypatch, warns, divides) == [
        "shop.W1: look here",
        f"{__name__}.divides: it raises ZeroDivisionError: division by zero ({place})",
    ]


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (
            returns_nothing,
            f"{__name__}.returns_nothing: it raises TypeError: 'NoneType' object is not iterable",
        ),
        (partial(divides, None), "functools.partial: it raises TypeError: "),
    ],
)
def test_checks_that_are_none(monkeypatch: pytest.MonkeyPatch, check: object, said: str) -> None:
    """What returns no list, or cannot be called as Django does, is named too."""
    (found,) = messages(monkeypatch, check)
    assert found.startswith(said)


def test_checks_of_a_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are run only when asked for."""
    assert messages(monkeypatch, warns) == ["shop.W1: look here"]
    assert len(messages(monkeypatch, warns, deploy=(divides,))) == 2
