"""The project's own receivers are told from Django's, and a statement is assigned to its sender."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models.signals import post_migrate

from django_switchback.worker.migrate.signals.receivers import ReceiverStatements, own_receivers, receiver_of


class Refresher:
    """A receiver that is no function."""

    def __call__(self, **named: Any) -> None:
        """Send the statement."""
        named["send"]()

    def refresh(self, **named: Any) -> None:
        """Send the statement from a method."""
        named["send"]()


def refresh(**named: Any) -> None:
    """Send the statement, as a function."""
    named["send"]()


@contextmanager
def connected(receiver: Callable[..., None]) -> Iterator[dict[int, str]]:
    """Connect ``receiver`` to ``post_migrate`` for the block, which gets the names of the own receivers."""
    post_migrate.connect(receiver)
    try:
        yield own_receivers("post_migrate")
    finally:
        post_migrate.disconnect(receiver)


def written(receiver: Callable[..., None], sql: str) -> list[tuple[str, str]]:
    """Return what is noted of ``sql`` when ``receiver`` sends it."""
    with connected(receiver) as own:
        statements = ReceiverStatements(own)
        receiver(send=lambda: statements(lambda *_: None, sql, (), False, {"connection": None}))
    return statements.written


def test_every_kind_of_receiver_is_named() -> None:
    """A function, a method, a partial and a callable object: each is found in the frames that it runs in."""
    sql, refresher = 'UPDATE "job" SET "a" = 1', Refresher()
    for receiver, name in (
        (refresh, "refresh"),
        (refresher, "Refresher.__call__"),
        (refresher.refresh, "Refresher.refresh"),
        (functools.partial(refresh), "refresh"),
    ):
        assert written(receiver, sql) == [(f"{__name__}.{name}", sql)]


def test_a_query_writes_nothing_unless_it_only_calls_a_function() -> None:
    """A receiver that reads need not be observed."""
    assert written(refresh, 'SELECT "a"\nFROM "job"') == []
    assert written(refresh, "SAVEPOINT x") == []
    assert len(written(refresh, "SELECT refresh_statistics()")) == 1


def test_receivers_of_django_are_not_own_ones() -> None:
    """Its content types and permissions are known by themselves."""
    from django.contrib.contenttypes.management import create_contenttypes

    with connected(create_contenttypes) as own:
        assert own == {}


def test_an_exception_is_assigned_to_the_receiver_that_it_passed() -> None:
    """The receiver is in the traceback."""

    def fail() -> None:
        raise RuntimeError

    with connected(refresh):
        with pytest.raises(RuntimeError) as raised:
            refresh(send=fail)
        assert receiver_of(raised.value) == f"{__name__}.refresh"
        assert receiver_of(RuntimeError()) == ""
