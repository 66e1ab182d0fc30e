"""Asks a field's own validation whether an application would store a value."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from django_switchback.worker.seed.interface import Field


def is_accepted(field: Field, value: Any) -> bool:
    """Return whether the validation of ``field`` takes ``value``."""
    try:
        field.clean(value, None)
    except ValidationError:
        return False
    except Exception:  # a validator of theirs may need the model's instance
        return False
    return True
