"""The names that tables have had, from the operations of migrations."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation
from seed.support import migration_of

from django_switchback.worker.project.table_history import table_history


def history(*operations: Operation) -> dict[str, tuple[str, ...]]:
    """Return the tables of an app that is not installed, whose migration has ``operations``."""
    migration = migration_of(*operations, app="shelf")
    return {model: names for model, names in table_history([migration], []).items() if "shelf" in model}


def test_names_follow_the_model() -> None:
    """A renamed model and a changed ``db_table`` keep the names from before."""
    assert history(
        migrations.CreateModel("Book", []),
        migrations.RenameModel("Book", "Volume"),
        migrations.AlterModelTable("volume", '"library"."volumes"'),
        migrations.CreateModel("Loan", [], options={"db_table": "shelf_loans"}),
    ) == {
        "shelf.volume": ("shelf_book", "shelf_volume", "library.volumes"),
        "shelf.loan": ("shelf_loans",),
    }


def test_tables_without_a_model() -> None:
    """Tables that SQL creates are known by their names, also from within ``SeparateDatabaseAndState``."""
    sql = migrations.RunSQL('CREATE UNLOGGED TABLE IF NOT EXISTS "shelf_log" (id int)')
    assert history(migrations.SeparateDatabaseAndState(database_operations=[sql])) == {
        "shelf_log": ("shelf_log",)
    }
