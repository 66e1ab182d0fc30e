"""Tells refusals of a row by the structure of a table from refusals of its values."""

from __future__ import annotations

from django.db import IntegrityError

from django_switchback.evidence import Failure
from django_switchback.worker.failure import driver_error

_STRUCTURAL_CLASSES = ("0A", "42", "55")
"""SQLSTATE classes: not supported, undefined or inaccessible, wrong state.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_STRUCTURAL = {"22001", "22003", "22P02", "23502"}
"""Too long, out of range, not of the type; NULL where a value is mandatory."""
_STRUCTURAL_SQLITE = {
    "SQLITE_ERROR",
    "SQLITE_READONLY",
    "SQLITE_MISMATCH",
    "SQLITE_CONSTRAINT_NOTNULL",
    "SQLITE_CONSTRAINT_DATATYPE",
}


def is_structural(error: BaseException, failure: Failure) -> bool:
    """Return whether another row of the same model would be refused as well.

    Checks, uniqueness and foreign keys refuse values: those of a row that was made may just not fit.
    """
    if failure.doubt == "trigger":
        return True
    if failure.sqlstate is not None:
        return failure.sqlstate.startswith(_STRUCTURAL_CLASSES) or failure.sqlstate in _STRUCTURAL
    return getattr(driver_error(error), "sqlite_errorname", None) in _STRUCTURAL_SQLITE


def is_refused_reference(error: BaseException) -> bool:
    """Return whether a foreign key refuses a row. On SQLite, Django checks those that are deferred."""
    driver = driver_error(error)
    state = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None)
    return isinstance(error, IntegrityError) and state in {None, "23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
