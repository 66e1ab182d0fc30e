"""JSON of the shape that the field's default declares."""

from __future__ import annotations

from typing import Any

from django.db import models

from django_switchback.worker.seed.values import words
from django_switchback.worker.seed.values.request import ValueRequest


def document(ask: ValueRequest) -> Any:
    """Return a value for a JSON column: a list where the default is one, otherwise an object."""
    default = _default(ask)
    match default:
        case list():
            return _list(ask)
        case dict():
            return {**default, **_object(ask)}
        case bool() | int() | float() | str():
            return default
    return _object(ask)


def _default(ask: ValueRequest) -> Any:
    declared = ask.field.default
    if declared in (dict, list) or not callable(declared):
        return declared() if callable(declared) else declared
    made = declared()
    return made if isinstance(made, dict | list) else None


def _list(ask: ValueRequest) -> list[Any]:
    match ask.profile:
        case "low":
            return []
        case "odd":
            return [words.ODD, words.ODD]
        case "high":
            return [words.longest(200, "")] * 20
    return [words.word(ask.rng), words.slug(ask.rng, ask.number)]


def _object(ask: ValueRequest) -> dict[str, Any]:
    match ask.profile:
        case "low" if not ask.unique:
            return {}
        case "odd":
            return {"name": words.ODD, "number": ask.number, "nothing": None}
        case "high":
            return {"name": words.longest(400, ""), "number": 2**53 - 1 - ask.number, "list": list(range(50))}
    return {"name": words.sentence(ask.rng, ask.number), "number": ask.number}


def stored(ask: ValueRequest) -> Any:
    """Return a value for a field that keeps JSON without being a JSONField: an empty list or object."""
    default = ask.field.default
    if default is models.NOT_PROVIDED or default is None:
        return []
    return default() if callable(default) else default
