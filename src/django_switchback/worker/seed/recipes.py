"""The recipes that come with the product."""

from __future__ import annotations

from django_switchback.worker.seed.django_tables import ContentTypes, Permissions
from django_switchback.worker.seed.registry import Recipe

KNOWN: tuple[Recipe, ...] = (ContentTypes(), Permissions())
"""In the order in which they are asked: the general ones first."""
