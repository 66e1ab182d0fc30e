"""Makes JSON documents shaped like the field's default."""

from __future__ import annotations

from typing import Any

from django.db import models

from django_switchback.worker.seed.values import words
from django_switchback.worker.seed.values.value_request import ValueRequest


def document(request: ValueRequest) -> Any:
    """Return a value for a JSON column: a list if the default is a list, otherwise an object."""
    default = _default(request)
    match default:
        case list():
            return _list(request)
        case dict():
            return {**default, **_object(request)}
        case bool() | int() | float() | str():
            return default
    return _object(request)


def _default(request: ValueRequest) -> Any:
    declared = request.field.default
    if declared in (dict, list) or not callable(declared):
        return declared() if callable(declared) else declared
    default = declared()
    return default if isinstance(default, dict | list) else None


def _list(request: ValueRequest) -> list[Any]:
    match request.profile:
        case "low":
            return []
        case "odd":
            return [words.UNUSUAL_TEXT, words.UNUSUAL_TEXT]
        case "high":
            return [words.longest(200, "")] * 20
    return [words.word(request.rng), words.slug(request.rng, request.number)]


def _object(request: ValueRequest) -> dict[str, Any]:
    match request.profile:
        case "low" if not request.unique:
            return {}
        case "odd":
            return {"name": words.UNUSUAL_TEXT, "number": request.number, "nothing": None}
        case "high":
            return {
                "name": words.longest(400, ""),
                "number": 2**53 - 1 - request.number,
                "list": list(range(50)),
            }
    return {"name": words.sentence(request.rng, request.number), "number": request.number}


def stored(request: ValueRequest) -> Any:
    """Return a value for a field that stores JSON without being a JSONField: an empty list or object."""
    default = request.field.default
    if default is models.NOT_PROVIDED or default is None:
        return []
    return default() if callable(default) else default
