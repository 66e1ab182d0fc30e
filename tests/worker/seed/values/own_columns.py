"""Field classes as projects write them: each decides by its own code which values it takes and reads."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class PackedAddress(models.BinaryField):
    """An IP address, stored as its bytes."""

    def _parsed(self, given: Any) -> Any:
        try:
            return ipaddress.ip_address(bytes(given) if isinstance(given, memoryview) else given)
        except ValueError:
            raise ValidationError(f"Invalid IP address format: {given}") from None

    def to_python(self, given: Any) -> Any:
        """Return the address as text."""
        return None if given is None else str(self._parsed(given))

    def from_db_value(self, stored: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the address of the stored bytes."""
        return self.to_python(stored)

    def get_db_prep_value(self, given: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Return the bytes of an address."""
        packed = None if given is None else self._parsed(given).packed
        return super().get_db_prep_value(packed, connection, prepared)


class Normalized(models.DecimalField):
    """A number without zeros at its end."""

    def from_db_value(self, stored: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the number as short as it can be written."""
        return None if stored is None else stored.normalize()


class Items(models.JSONField):
    """A list of values of another field, stored as JSON."""

    def __init__(self, base_field: Any, **options: Any) -> None:
        self.base_field = base_field
        super().__init__(**options)

    def deconstruct(self) -> Any:
        """Return what the field is made of."""
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "base_field": self.base_field.clone()}

    def get_prep_value(self, given: Any) -> Any:
        """Refuse what is no list."""
        if given is not None and not isinstance(given, list | tuple):
            raise ValueError(f"value {given} is not list or tuple")
        return super().get_prep_value(given and [self.base_field.get_prep_value(part) for part in given])


class Spans(models.TextField):
    """Ranges of numbers as text."""

    def to_python(self, given: Any) -> Any:
        """Return the ranges in their usual form."""
        if given is not None and not re.fullmatch(r"\d+-\d+(,\d+-\d+)*", given):
            raise ValidationError("Specify non-negative integers in a range format (i.e. '10-20').")
        return given


class Shade(StrEnum):
    """What an :class:`EnumColumn` holds."""

    LIGHT = "l"
    DARK = "d"


class EnumColumn(models.CharField):
    """A member of an enumeration, stored as its value."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.enumeration = Shade
        super().__init__(*args, **options)

    def to_python(self, given: Any) -> Any:
        """Return the member."""
        return given if given is None or isinstance(given, Shade) else Shade(given)

    def from_db_value(self, stored: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the member of the stored value."""
        return self.to_python(stored)

    def get_prep_value(self, given: Any) -> Any:
        """Return the member's value."""
        return None if given is None else self.to_python(given).value


class Settings(models.TextField):
    """A dictionary, stored as text that is JSON."""

    def from_db_value(self, stored: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the dictionary of the stored text."""
        return None if stored is None else dict(json.loads(stored))

    def to_python(self, given: Any) -> Any:
        """Return the dictionary."""
        if isinstance(given, dict) or given is None:
            return given
        raise ValidationError("Enter a mapping.")

    def get_prep_value(self, given: Any) -> Any:
        """Return the text of the dictionary."""
        return None if given is None else json.dumps(dict(given))


class TextIdentity(models.CharField):
    """A UUID without dashes."""

    def get_prep_value(self, given: Any) -> Any:
        """Return the UUID's digits."""
        return None if given is None else uuid.UUID(str(given)).hex


class Weekdays(models.CharField):
    """Numbers separated by commas."""

    def to_python(self, given: Any) -> Any:
        """Return the numbers as a list."""
        if isinstance(given, str):
            return [int(part) for part in given.split(",")]
        return given

    def from_db_value(self, stored: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return the numbers of the stored text."""
        return self.to_python(stored)

    def get_prep_value(self, given: Any) -> Any:
        """Return the numbers with commas between them."""
        return ",".join(str(int(part)) for part in given)


class Quota(models.Field):
    """A column of an unusual type, whose Python object only its own code knows."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column's type."""
        return "inet" if connection.vendor == "postgresql" else "text"


class Hostile(models.CharField):
    """Takes any text but looks into the database first."""

    def validate(self, given: Any, instance: Any) -> None:
        """Send a query that fails."""
        from django.db import connections

        with connections["seeded"].cursor() as cursor:
            cursor.execute("SELECT 1 FROM a_table_that_is_not_there")


def only_colours(given: str) -> None:
    """Refuse all but six digits: a validator of the project's own."""
    if not re.fullmatch(r"[0-9a-f]{6}", given):
        raise ValidationError("Not a colour.")


def only_lists(given: Any) -> None:
    """Refuse all but lists."""
    if not isinstance(given, list):
        raise ValidationError("This must be a list.")
