"""Rows that the application refuses are told from those that a user may have stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps as head_apps
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from seed.support import connected, created, dropped, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.minimise.refused_rows import refused_rows
from django_switchback.worker.minimise.rows import RowId


@pytest.fixture(params=("sqlite", "postgresql-18"))
def database(
    request: pytest.FixtureRequest, server_of: Callable[[str], Server]
) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each kind."""
    yield from connected(server_of(str(request.param)))


def clean(self: Any) -> None:
    """Refuse an odd name."""
    if self.name == "odd":
        raise ValidationError("odd")


class Picky(models.CharField):
    """A field of a project's own that cannot read some of the stored values."""

    def from_db_value(self, value: str, *_: object) -> str:
        """Return ``value`` unless it is a bad one."""
        if value == "bad":
            raise ValueError("not mine")
        return value


@pytest.mark.parametrize("field", [models.CharField, Picky])
def test_refused_rows(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, field: type[models.Field[str, str]]
) -> None:
    """Of the rows in the database, those that ``full_clean`` at head refuses are returned.

    One that cannot be read counts as accepted, and keeps no other from being read.
    """
    state = model("Plot", ("name", field(max_length=9)))
    meta = type("Meta", (), {"app_label": "shop", "apps": Apps()})
    fields = {name: field.clone() for name, field in state.fields.items()}
    live = type("Plot", (models.Model,), {"__module__": __name__, "Meta": meta, "clean": clean, **fields})
    monkeypatch.setitem(head_apps.all_models, "shop", {"plot": live})
    apps = created(database, state)
    try:
        plots: Any = QuerySet(model=apps.get_model("shop", "Plot"), using=database.alias)
        for key, name in ((1, "odd"), (2, "even"), (3, "bad")):
            plots.create(id=key, name=name)
        rows = {
            RowId("before", "shop_plot", ("1",)): {"id": "1", "name": "odd"},
            RowId("before", "shop_plot", ("2",)): {"id": "2", "name": "even"},
            RowId("before", "shop_plot", ("3",)): {"id": "3", "name": "bad"},
            RowId("before", "shop_plot", ("9",)): {"id": "9", "name": "gone"},
            RowId("before", "elsewhere", ("1",)): {"id": "1"},
        }
        found = refused_rows(database, {"shop_plot": apps.get_model("shop", "Plot")}, rows)
        assert found == {RowId("before", "shop_plot", ("1",))}
    finally:
        dropped(database, apps, state)
