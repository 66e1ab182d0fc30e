"""True inverses for data migrations: what was changed is parked, so that rolling back undoes exactly that.

A reverse step that recomputes the old values, or that resets a whole column, cannot tell the rows that the
forward step touched from those that were there already or were written by the release since. These classes
write down, in ``core.ParkedRow``, each row that a migration touches.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model, QuerySet

from .batches import BATCH


class Parking:
    """The parked rows of one migration about one model.

    The migration must depend on ``core.0001_initial``.
    """

    def __init__(
        self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor, migration: str, model: str
    ) -> None:
        self.alias = schema_editor.connection.alias
        self.migration = migration
        self.label = model
        self.model = apps.get_model(model)
        self._parked = apps.get_model("core", "ParkedRow")

    @property
    def rows(self) -> QuerySet:
        """The rows of the model on the database that is migrated."""
        return self.model._base_manager.using(self.alias)

    def park(self, payloads: Mapping[int, Any]) -> None:
        """Write down one JSON value for each primary key."""
        self._parked._base_manager.using(self.alias).bulk_create(
            [
                self._parked(
                    key=f"{self.migration}/{self.label}/{pk}",
                    migration=self.migration,
                    model=self.label,
                    object_id=pk,
                    payload=payload,
                )
                for pk, payload in payloads.items()
            ],
            batch_size=BATCH,
        )

    def unpark(self) -> Iterator[dict[int, Any]]:
        """What was parked, a batch and a transaction at a time, forgotten as soon as it was dealt with."""
        parked = self._parked._base_manager.using(self.alias).filter(
            migration=self.migration, model=self.label
        )
        while True:
            with transaction.atomic(using=self.alias):
                batch = list(parked.order_by("key")[:BATCH])
                if not batch:
                    return
                yield {row.object_id: row.payload for row in batch}
                parked.filter(key__in=[row.key for row in batch]).delete()


class ReversibleChange(Parking):
    """New values for some fields of some rows, and the way back.

    Fields hold text, numbers, booleans or date-times. A value that somebody has changed again since the
    migration is left as it is when rolling back.
    """

    def apply(self, changes: Sequence[tuple[Model, Mapping[str, Any]]]) -> None:
        """Change the rows of one batch, in one transaction with the notes for the way back."""
        payloads = {}
        for row, new_values in changes:
            payloads[row.pk] = {
                name: [_to_json(getattr(row, name)), _to_json(value)] for name, value in new_values.items()
            }
            for name, value in new_values.items():
                setattr(row, name, value)
        fields = sorted({name for _, new_values in changes for name in new_values})
        if not fields:
            return
        with transaction.atomic(using=self.alias):
            self.park(payloads)
            self.rows.bulk_update([row for row, _ in changes], fields)

    def undo(self) -> None:
        """Give each value back that is still what the migration made of it."""
        for payloads in self.unpark():
            rows = list(self.rows.filter(pk__in=payloads))
            fields = set()
            for row in rows:
                for name, (old, new) in payloads[row.pk].items():
                    fields.add(name)
                    field = self.model._meta.get_field(name)
                    if getattr(row, name) == field.to_python(new):
                        setattr(row, name, field.to_python(old))
            if rows:
                self.rows.bulk_update(rows, sorted(fields))


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
