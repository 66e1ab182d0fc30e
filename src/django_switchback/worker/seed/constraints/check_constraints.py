"""Tells whether a drafted row meets the check constraints of its table."""

from __future__ import annotations

from django_switchback.worker.seed.constraints.conditions import UnsupportedCondition, evaluate
from django_switchback.worker.seed.constraints.used_values import getter
from django_switchback.worker.seed.interface import ModelRowValues
from django_switchback.worker.seed.model_fields import ModelShape


def violates_check_constraints(shape: ModelShape, row: ModelRowValues) -> bool:
    """Return whether ``row`` breaks a check constraint that can be evaluated in Python."""
    for check in shape.check_constraints:
        try:
            if evaluate(check, getter(shape, row)) is False:
                return True
        except UnsupportedCondition:
            continue
    return False
