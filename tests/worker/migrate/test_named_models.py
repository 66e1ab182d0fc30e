"""Which models a data migration's rows may be about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.migrate.named_models import models_named_in


def test_proxies_have_permissions_of_their_own() -> None:
    """Each table counts once, by its oldest model; a proxy counts beside the model whose table it uses."""
    state = ProjectState()
    models: dict[str, dict[str, Any]] = {
        "Doc": {},
        "Paper": {"db_table": "blog_doc"},
        "Draft": {"proxy": True},
    }
    for name, options in models.items():
        state.add_model(ModelState("blog", name, [], options))
    state.add_model(ModelState("shop", "Item", [], {"proxy": True}))
    key = ("blog", "0002_move")
    loader = SimpleNamespace(
        migrated_apps={"blog", "shop"}, graph=SimpleNamespace(nodes={key: ModelState("blog", "Doc", [])})
    )
    migrator: Any = SimpleNamespace(loader=loader, has_data=lambda _: True)
    assert models_named_in(migrator, [key], state) == ("blog.doc", "blog.draft")
