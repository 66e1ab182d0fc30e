"""What a data operation is counted to have done, whatever its statements are made of."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from psycopg import sql

from django_switchback.evidence import OperationRan
from django_switchback.worker.migrate.statements.operation_statements import OperationStatements

CONNECTION = SimpleNamespace(vendor="postgresql", connection=None)


class Sends(Operation):
    """An operation that calls ``send`` and changes no state."""

    def __init__(self, send: Callable[[], object]) -> None:
        self.send = send

    def state_forwards(self, *_: Any) -> None:
        """Change nothing."""

    def database_forwards(self, *_: Any) -> None:
        """Send the statement."""
        self.send()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE t SET n = 1", b"UPDATE t SET n = 1", sql.SQL("UPDATE {} SET n = 1").format(sql.Identifier("t"))],
    ids=["text", "bytes", "composed"],
)
def test_rows_are_counted_of_any_statement(statement: Any) -> None:
    """Text, bytes and what ``psycopg.sql`` composes are statements of the operation that sends them."""
    cursor = SimpleNamespace(statusmessage="UPDATE 3", rowcount=3)
    sends = Sends(lambda: statements(lambda *_: None, statement, None, False, {"cursor": cursor}))
    statements = OperationStatements(cast("Any", CONNECTION), {0: sends})
    migration = Migration("0001", "things")
    vars(migration)["operations"] = [sends]
    state, editor = SimpleNamespace(clone=lambda: None), SimpleNamespace(atomic_migration=True)
    migration.apply(cast("Any", state), cast("Any", editor))
    assert statements.results() == (OperationRan(0, statements=1, written=3),)
