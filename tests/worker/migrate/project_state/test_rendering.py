"""What is kept about models while states are rendered is what Django would find each time."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

import pytest

SCRIPT = """
    import json, sys

    import django
    from django.conf import settings

    settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
    django.setup()
    from django.apps import apps
    from django.apps.registry import Apps
    from django.db import models
    from django.db.migrations.state import ProjectState
    from django.test.utils import override_settings

    from django_switchback.worker.project.swappable import cache_swappable_names

    looks = []
    look = Apps.get_models.__wrapped__

    def noting(self, *words, **named):
        looks.append(self is apps and named.get("include_swapped"))
        return look(self, *words, **named)

    noting.cache_clear = lambda: None
    Apps.get_models = noting
    if sys.argv[1] == "kept":
        cache_swappable_names()


    def ask():
        looks.clear()
        names = [apps.get_swappable_settings_name(name) for name in ("auth.User", "auth.Group", "auth.user")]
        return names, looks.count(True)


    def render():
        ProjectState.from_apps(apps).apps


    def register():
        type("Late", (models.Model,), {"__module__": "auth", "Meta": type("Meta", (), {"app_label": "auth"})})


    found = [ask()]
    for between in (lambda: None, render, register):
        between()
        found.append(ask())
    with override_settings(AUTH_USER_MODEL="auth.Late"):
        found.append(ask())
    print(json.dumps(found))
"""


def found(how: str) -> list[tuple[list[str | None], int]]:
    """Return the names of the settings, and in how many cases all models were looked through for them.

    At first, at once, after a state was rendered, after the project got a model, and with another setting.
    """
    words = [sys.executable, "-c", dedent(SCRIPT), how]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return [(names, looks) for names, looks in json.loads(ended.stdout)]


def test_names_are_djangos() -> None:
    """Which models are swappable is the same with and without keeping it."""
    assert [names for names, _ in found("kept")] == [names for names, _ in found("plain")]


@pytest.mark.parametrize(("how", "looks"), [("plain", [3, 0, 3, 3]), ("kept", [3, 0, 0, 3])])
def test_a_state_makes_nobody_forget(how: str, looks: list[int]) -> None:
    """Only what changes the project's own models lets it look again; alone, Django does so for any model."""
    assert [number for _, number in found(how)][:4] == looks
