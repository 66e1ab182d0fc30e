"""Rehearsals of Wagtail for every test that asks: one an engine and session, in parallel runs too."""

from __future__ import annotations

from functools import cache

import pytest

from .rehearsed import Rehearsal, Rehearsed, rehearse


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Rehearsed:
    """Give the rehearsal of Wagtail on a database, made by whoever asks first."""
    own = tmp_path_factory.getbasetemp()
    # With xdist each process has a folder of its own below one that the session shares.
    shared = own if worker_id == "master" else own.parent

    @cache
    def of(database: str) -> Rehearsal:
        return rehearse(database, shared / f"rehearsal-{database}")

    return of
