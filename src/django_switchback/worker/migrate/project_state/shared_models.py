"""Shares the model states that two project states have in common, to save memory."""

from __future__ import annotations

from operator import is_

from django.db.migrations.state import ModelState, ProjectState


def share_unchanged_models(earlier: ProjectState, later: ProjectState) -> None:
    """Replace each model of ``later`` that is as in ``earlier`` by that one.

    A state is one object a model, with dictionaries of its own: the states before thousands of migrations
    would take gigabytes. Neither state may be changed afterwards, except in a copy, as Django makes one
    (``ProjectState.clone``).
    """
    for key, model in later.models.items():
        known = earlier.models.get(key)
        if known is not None and _is_unchanged(known, model):
            later.models[key] = known


def _is_unchanged(earlier: ModelState, later: ModelState) -> bool:
    """Return whether both have the same objects as fields, in the same order, and equal options."""
    return (
        list(earlier.fields) == list(later.fields)
        and all(map(is_, earlier.fields.values(), later.fields.values()))
        and earlier.options == later.options
        and earlier.bases == later.bases
        and earlier.managers == later.managers
    )
