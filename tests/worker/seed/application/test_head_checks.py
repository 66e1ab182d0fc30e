"""What the application's own checks write is undone, at no cost where they write nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.application import head_checks
from django_switchback.worker.seed.application.head_checks import HeadChecks

from ..support import created, dropped, model, rows
from .test_accepted_rows import at_head

PLOT = model("Plot", ("name", models.CharField(max_length=5)))


def asked(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, clean: Any) -> list[str]:
    """Return the statements sent while one row is checked, in a transaction, by a refusing ``clean``."""
    monkeypatch.setattr(head_checks, "CHECKED_ROWS", head_checks.CheckedRows({}, {}))
    at_head(monkeypatch, PLOT, clean)
    apps = created(database, PLOT)
    sent: list[str] = []

    def record(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    try:
        with transaction.atomic(using=database.alias), database.execute_wrapper(record):
            refusal = HeadChecks(database).refusal(apps.get_model("shop", "Plot"), {"name": "north"})
        assert refusal == {"name": "taken"}
        assert rows(database, apps, "Plot") == []
    finally:
        dropped(database, apps, PLOT)
    return sent


def test_a_check_without_queries_needs_no_savepoint(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No statement is sent for it."""

    def clean(self: Any) -> None:
        raise ValidationError({"name": "taken"})

    assert asked(database, monkeypatch, clean) == []


@pytest.mark.parametrize("nested", [True, False])
def test_what_a_check_does_to_the_database_is_undone(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, *, nested: bool
) -> None:
    """So are rows written in transactions of its own, functions for the commit and errors that it catches."""
    called: list[str] = []

    def clean(self: Any) -> None:
        plots: Any = QuerySet(model=type(self), using=database.alias)
        with transaction.atomic(using=database.alias, savepoint=nested):
            plots.bulk_create([type(self)(name="south")])
        transaction.on_commit(partial(called.append, "committed"), using=database.alias)
        try:
            plots.extra(where=["no_such_column = 1"]).exists()
        except DatabaseError as error:
            raise ValidationError({"name": "taken"}) from error

    sent = asked(database, monkeypatch, clean)
    assert any("INSERT" in sql for sql in sent)
    assert called == []


def test_what_a_forked_process_found_is_not_asked_again(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork hands its answers on by pickling."""
    calls: list[str] = []

    def clean(self: Any) -> None:
        calls.append(self.name)
        raise ValidationError({"name": "taken"})

    asked(database, monkeypatch, clean)
    handed_on = pickle.loads(pickle.dumps(head_checks.CHECKED_ROWS))
    known = head_checks.CheckedRows({}, {})
    known.update(handed_on)
    monkeypatch.setattr(head_checks, "CHECKED_ROWS", known)
    apps = created(database, PLOT)
    try:
        plots = apps.get_model("shop", "Plot")
        assert HeadChecks(database).refusal(plots, {"name": "north"}) == {"name": "taken"}
        assert calls == ["north"]
        assert HeadChecks(database).refusal(plots, {"name": "west"}) == {"name": "taken"}
        assert calls == ["north", "west"]
        for row in ({"id": 3, "name": "south"}, {"name": "south", "id": 3}):
            assert HeadChecks(database).refusal(plots, row) == {"name": "taken"}
        assert calls == ["north", "west", "south"]
    finally:
        dropped(database, apps, PLOT)
