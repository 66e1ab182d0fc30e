"""Says which rows each table lacks, and remembers the tables that lack none."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed import row_counts
from django_switchback.worker.seed.declared_fields import DeclaredFields, values_of_old_rows
from django_switchback.worker.seed.interface import EDGE_PROFILES, TYPICAL_ROWS, Model, RowRequest
from django_switchback.worker.seed.recipes.interface import Recipe, empty_reason, is_library_owned
from django_switchback.worker.seed.row_counts import RowCounts


class MissingRows:
    """Requests rows for the tables that have too few; ``full_tables`` are known to have enough."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        recipes: tuple[Recipe, ...],
        declared: DeclaredFields,
        full_tables: set[tuple[object, ...]] | None = None,
    ) -> None:
        self._connection = connection
        self._recipes = recipes
        self._declared = declared
        self.full_tables = set[tuple[object, ...]]() if full_tables is None else full_tables

    def note_full(self, counts: RowCounts, *, edge: bool) -> None:
        """Remember that the tables of ``counts`` need no more rows."""
        self.full_tables |= {table_fingerprint(counts, table, edge=edge) for table in counts.rows}

    def requests(self, counts: RowCounts, position: int, *, edge: bool) -> dict[Model, list[RowRequest]]:
        """Return requests for the rows that each table lacks, extreme rows if ``edge``.

        ``position`` is that of the migration in the plan.
        """
        tables_to_fill = [table for table in counts.rows if self._needs_rows(counts, table, edge=edge)]
        requests_by_model = {
            counts.models[table]: self._of_table(
                counts.models[table], counts.rows[table], position, edge=edge
            )
            for table in tables_to_fill
        }
        full = [
            counts.models[table] for table in tables_to_fill if not requests_by_model[counts.models[table]]
        ]
        incomplete = row_counts.tables_with_empty_columns(self._connection, full)
        requests_by_model |= {
            counts.models[table]: [_complete_row(counts.rows[table])] for table in sorted(incomplete)
        }
        return {model: requests for model, requests in requests_by_model.items() if requests}

    def _of_table(self, model: Model, rows: int, position: int, *, edge: bool) -> list[RowRequest]:
        """Return requests for the rows that a table with ``rows`` rows lacks; one or two rows do not count.

        The last typical row has the defaults of its columns, as rows that are older than these. There is one
        more such row if a migration has added one of the columns: it gave all old rows the same.
        """
        typical = TYPICAL_ROWS if rows < TYPICAL_ROWS else 0
        requests = [RowRequest(rows + index) for index in range(typical)]
        if typical:
            requests[-1] = requests[-1]._replace(fixed=values_of_old_rows(model, self._declared, position))
            added = values_of_old_rows(model, self._declared, position, added=True)
            requests += [RowRequest(rows + typical, fixed=added)] if added else []
        lacking = len(EDGE_PROFILES) if typical else max(0, TYPICAL_ROWS + len(EDGE_PROFILES) - rows)
        edges = EDGE_PROFILES[:lacking] if edge else ()
        first = rows + len(requests)
        return requests + [RowRequest(first + index, profile) for index, profile in enumerate(edges)]

    def _needs_rows(self, counts: RowCounts, table: str, *, edge: bool) -> bool:
        if empty_reason(counts.models[table], self._recipes):
            return False
        if not counts.rows[table]:
            return True
        library_owned = is_library_owned(counts.models[table], self._recipes)
        return not library_owned and table_fingerprint(counts, table, edge=edge) not in self.full_tables


def _complete_row(rows: int) -> RowRequest:
    """Return a request for a typical row without nulls, after a migration has added a column."""
    return RowRequest(3 * (rows // 3 + 1))


def table_fingerprint(counts: RowCounts, table: str, *, edge: bool) -> tuple[object, ...]:
    """Return the cache key of a table: its row count, columns and constraints."""
    meta = counts.models[table]._meta
    columns = tuple((field.column, field.null, field.unique) for field in meta.local_concrete_fields)
    return table, edge, counts.rows[table], columns, str(meta.unique_together), str(meta.constraints)
