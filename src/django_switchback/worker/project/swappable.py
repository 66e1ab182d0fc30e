"""Caches the swappable settings of the project's models in the global app registry."""

from __future__ import annotations

import inspect
from functools import cache, partial

from django.apps import apps as global_apps
from django.apps.registry import Apps


def cache_swappable_names() -> None:
    """Cache ``get_swappable_settings_name`` of the global registry separately from all other registries.

    Django shares one cache (``functools.cache`` on the method) between all registries, and each registry
    clears it when models are added: rendering states does that thousands of times, and every rendered foreign
    key would search all models again.
    """
    lookup = partial(inspect.unwrap(Apps.get_swappable_settings_name), global_apps)
    # Apps.clear_cache() clears the cache of this attribute.
    vars(global_apps)["get_swappable_settings_name"] = cache(lookup)
