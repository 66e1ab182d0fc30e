"""Caches which models of the project are swappable, for the project's own app registry."""

from __future__ import annotations

import inspect
from functools import cache, partial

from django.apps import apps as global_apps
from django.apps.registry import Apps


def keep_swappable_names() -> None:
    """Let the project's own registry keep which of its models are swappable for as long as it has the same.

    All registries share one cache of that (``functools.cache`` on a method), which each of them empties for
    all when it is given models, as those of states are thousands of times: every foreign key that is rendered
    would look through all models again.
    """
    ask = partial(inspect.unwrap(Apps.get_swappable_settings_name), global_apps)
    # Apps.clear_cache() empties the one that it finds here.
    vars(global_apps)["get_swappable_settings_name"] = cache(ask)
