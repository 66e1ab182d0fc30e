"""Reading a table of any size in bounded memory."""

from collections.abc import Iterator

from django.db.models import Model, QuerySet

BATCH = 500


def in_batches(rows: QuerySet, size: int = BATCH) -> Iterator[list[Model]]:
    """Lists of at most ``size`` rows, in the order of the primary key.

    Each list is a query of its own that starts behind the last key seen, so the rows may be changed while
    they are walked over, and no cursor is held open between two lists.
    """
    rows = rows.order_by("pk")
    batch = list(rows[:size])
    while batch:
        last = batch[-1].pk
        yield batch
        batch = list(rows.filter(pk__gt=last)[:size])
