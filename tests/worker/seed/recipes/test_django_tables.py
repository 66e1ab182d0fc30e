"""Rows of Django's own tables, as a project that uses them has them."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState

from django_switchback.worker.seed.seeder import Seeder

from ..support import created


def test_the_site_of_post_migrate_gets_another_domain(sqlite: BaseDatabaseWrapper) -> None:
    """A reverse that sets example.com would otherwise restore what was there; another site stays as it is."""
    fields: list[tuple[str, Any]] = [
        ("id", models.AutoField(primary_key=True)),
        ("domain", models.CharField(max_length=100, unique=True)),
        ("name", models.CharField(max_length=50)),
    ]
    apps: Apps = created(sqlite, ModelState("sites", "Site", fields))
    sites: Any = models.QuerySet(model=apps.get_model("sites", "Site"), using=sqlite.alias)
    sites.create(pk=1, domain="example.com", name="example.com")
    sites.create(pk=2, domain="shop.example.com", name="Shop")
    Seeder(sqlite, 0).fill(apps)
    assert "example.com" not in sites.values_list("domain", flat=True)
    assert sites.get(pk=2).name == "Shop"
