"""Lists the models of a migration's state, without the tables of relations whose model is gone."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import models


def models_of(apps: Apps) -> list[type[models.Model]]:
    """Return the models of ``apps``, those of the tables of many-to-many relations among them.

    ``ProjectState.remove_model`` leaves the latter in the registry when it takes a model out of it.
    """
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if (owner := _owner(model)) is None or _is_registered(apps, owner)
    ]


def _owner(model: type[models.Model]) -> Any:
    """Return the model that declares the relation that ``model`` was made for, ``None`` for another model."""
    return model._meta.auto_created or None


def _is_registered(apps: Apps, model: type[models.Model]) -> bool:
    return apps.all_models[model._meta.app_label].get(model._meta.model_name or "") is model
