"""The statements of the old release by plain Django, as an application sends them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.apps.registry import Apps
from django.db import connections, transaction
from django.utils import timezone

ALIAS = "default"
AUTHOR = 1000
"""The key of the author of every note."""

AT_THE_LIMITS = {
    "title": "x" * 80,
    "body": "x" * 20_000,
    "size": 2**31 - 1,
    "large": 2**63 - 1,
    "price": Decimal("999999.99"),
}


def rows(apps: Apps, app: str, model: str) -> Any:
    """Return the rows of a model."""
    found: Any = apps.get_model(app, model)
    return found.objects.using(ALIAS).order_by("pk")


def note(apps: Apps, app: str, **changes: Any) -> Any:
    """Create a note with all that it needs."""
    values: dict[str, Any] = {
        "title": f"title {uuid.uuid4()}"[:40],
        "slug": "slug",
        "body": "body",
        "size": 12,
        "amount": 3,
        "small": 1,
        "large": uuid.uuid4().int % 1000,
        "price": Decimal("1.50"),
        "ratio": 0.5,
        "made": timezone.now(),
        "day": date(2026, 1, 31),
        "extra": {},
        "author_id": AUTHOR,
        "editor_id": AUTHOR,
    } | changes
    return rows(apps, app, "Note").create(**values)


def fill(apps: Apps, app: str) -> None:
    """Create rows of every model, as the old release does."""
    rows(apps, app, "Author").create(pk=AUTHOR, name="name")
    tag = rows(apps, app, "Tag").create(word="word")
    rows(apps, app, "Lone").create(word="word")
    first = note(apps, app)
    rows(apps, app, "Note_tags").create(note_id=first.pk, tag_id=tag.pk)
    rows(apps, app, "Comment").create(note_id=first.pk, text="text")
    note(apps, app)


def fails(action: Callable[[], object]) -> bool:
    """Return whether ``action`` raises; what it changed is undone."""
    try:
        with transaction.atomic(using=ALIAS):
            action()
            connections[ALIAS].check_constraints()
            transaction.set_rollback(True, using=ALIAS)
    except Exception:
        return True
    return False


def statements(apps: Apps, app: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the statements of the old release by name; several may have one name."""
    notes = rows(apps, app, "Note").values_list("pk", flat=True)
    made: dict[str, Callable[[], object]] = {
        "author": lambda: rows(apps, app, "Author").create(name="name"),
        "tag": lambda: rows(apps, app, "Tag").create(word="word"),
        "lone": lambda: rows(apps, app, "Lone").create(word="word"),
        "note": lambda: note(apps, app),
        "comment": lambda: rows(apps, app, "Comment").create(note_id=notes.all()[0], text="text"),
        "note_tags": lambda: rows(apps, app, "Note_tags").create(
            note_id=notes.all()[0], tag_id=rows(apps, app, "Tag").create(word="other").pk
        ),
    }
    for table, create in made.items():
        found = rows(apps, app, table)
        yield f"{table} insert", create
        yield f"{table} select", partial(read, found)
        yield f"{table} update", partial(save_first, found)
        yield f"{table} delete", partial(delete_first, found)
        for field in found.model._meta.local_concrete_fields:
            yield f"{table} select", partial(find_by_value, found, field)
    yield "note insert", lambda: note(apps, app, amount=None, editor_id=None, extra=None)
    for name, value in AT_THE_LIMITS.items():
        yield "note insert", partial(note, apps, app, **{name: value})


def read(found: Any) -> None:
    """Read all rows, none of which may be without a value that its model must have."""
    fields = [field for field in found.model._meta.local_concrete_fields if not field.null]
    for row in found.all():
        assert None not in [getattr(row, field.attname) for field in fields]


def save_first(found: Any) -> None:
    """Save the first row as it is."""
    found.all()[0].save(using=ALIAS)


def delete_first(found: Any) -> None:
    """Delete the first row by its key, and what Django deletes with it."""
    found.filter(pk=found.values_list("pk")[0][0]).delete()


def find_by_value(found: Any, field: Any) -> None:
    """Find rows by the value that one of them has in one column, as the old model reads it."""
    if field.get_internal_type() != "JSONField":
        value = field.to_python(found.values_list(field.attname, flat=True)[0])
        found.filter(**{field.attname: value}).exists()


def failing(apps: Apps, app: str) -> frozenset[str]:
    """Return the statements that fail."""
    return frozenset(name for name, action in statements(apps, app) if fails(action))


def failing_on_row(apps: Apps, new_apps: Apps, app: str, written: str) -> frozenset[str]:
    """Return the statements that fail on a row with the values ``written`` by the new release."""
    names = {"Decimal": Decimal, "now": timezone.now()}
    row = note(new_apps, app, **eval(f"dict({written})", names))
    found = rows(apps, app, "Note")
    actions: dict[str, Callable[[], object]] = {
        "note select": partial(read, found),
        "note update": partial(save_first, found.filter(pk=row.pk)),
    }
    return frozenset(name for name, action in actions.items() if fails(action))
