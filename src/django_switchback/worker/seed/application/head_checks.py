"""Asks the models at head, as the application has them, whether they accept a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from random import Random
from typing import Any, NamedTuple, TypeAlias

from django.apps import apps as head_apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import Error, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    RowAt,
    limit_of,
    referred_model,
)
from django_switchback.worker.seed.values import field_values
from django_switchback.worker.seed.values.value_request import ValueRequest

Refusal: TypeAlias = Mapping[str, str]
"""The messages of a ``ValidationError`` by field name; empty if the row is accepted."""

BROKEN = "__broken__"
"""Stands in a refusal for a check that raised anything but ``ValidationError``."""
MAX_CHANGES = 80
"""Rows of one table that one fill checks, if others follow: a project's checks may query many tables each."""
MAX_FRUITLESS_SEARCHES = 3
"""Searches without any gain for one model and the same refused fields, after which none is made any more."""
_CHECKS = ("clean", "clean_fields", "full_clean")
_NO_DECLARATIONS = DeclaredFields(())


class CheckedRows(NamedTuple):
    """A cache of a process: every fill of the same database drafts the same rows again."""

    refusals: dict[tuple[str, frozenset[str], str], Refusal]
    """By model, fields left out and values."""
    fruitless: dict[tuple[str, frozenset[str]], float]
    """Searches without any gain, by model and refused fields; infinitely few once one had a gain."""

    def clear(self) -> None:
        """Forget everything: what a part of the plan finds must not depend on the parts before it."""
        self.refusals.clear()
        self.fruitless.clear()

    def update(self, others: CheckedRows) -> None:
        """Add what a forked process has found."""
        self.refusals.update(others.refusals)
        self.fruitless.update(others.fruitless)


CHECKED_ROWS = CheckedRows({}, {})


class _HeadModel(NamedTuple):
    """A model at head that has all fields of a state's model.

    ``later`` are the names of the fields that the state does not have; ``other`` also has those that it
    declares otherwise, whose own checks are left out. ``more`` has values for later fields without a default.
    """

    model: Model
    later: frozenset[str]
    other: frozenset[str]
    more: ModelRowValues
    references: tuple[Field, ...]
    """The foreign keys that any row of the table they refer to satisfies."""

    def filled_references(self, row: ModelRowValues) -> Iterator[str]:
        """Yield the names of ``references`` that ``row`` fills: each check is a query that finds the row."""
        return (field.name for field in self.references if row.get(field.attname) is not None)


class HeadChecks:
    """Checks rows by ``full_clean`` of the same model at head, which may have further fields.

    Models are not asked if they have no checks of their own or inherit from another table. A row on which a
    check raises anything but ``ValidationError`` is refused, since the application cannot store it; but a
    database error, such as on a column that only head has, leaves what the fields themselves say.
    """

    def __init__(self, connection: BaseDatabaseWrapper, declared: DeclaredFields = _NO_DECLARATIONS) -> None:
        self._connection = connection
        self._declared = declared
        self._head_models: dict[Model, _HeadModel | None] = {}
        self._checked: Counter[Model] = Counter()
        """The rows that were checked, without answers from the cache: a refused batch is drafted again."""

    def asks(self, model: Model) -> bool:
        """Return whether rows of ``model`` are checked."""
        return self._head_model(model) is not None

    def may_change(self, model: Model) -> bool:
        """Return whether further changed rows of ``model`` may be checked."""
        return self._checked[model] < MAX_CHANGES

    def is_hopeless(self, model: Model, refusal: Refusal) -> bool:
        """Return whether no accepted row was ever found for such a refusal, though it was searched for."""
        return CHECKED_ROWS.fruitless.get(self._kind(model, refusal), 0) >= MAX_FRUITLESS_SEARCHES

    def note_search(self, model: Model, refusal: Refusal, *, gain: bool) -> None:
        """Remember whether a search for a row that is refused less had a ``gain``."""
        kind, searches = self._kind(model, refusal), CHECKED_ROWS.fruitless
        searches[kind] = float("-inf") if gain else searches.get(kind, 0) + 1

    def _kind(self, model: Model, refusal: Refusal) -> tuple[str, frozenset[str]]:
        head = self._head_model(model)
        return (model if head is None else head.model)._meta.label, frozenset(refusal)

    def choices(self, field: Field) -> tuple[Any, ...]:
        """Return the choices of ``field`` at head if it has none itself."""
        head = None if field.choices else self._head_model(field.model)
        if head is None or field.name in head.other:
            return ()
        return field_values.choices(_local_fields(head.model)[field.attname])

    def refusal(self, model: Model, row: ModelRowValues) -> Refusal:
        """Return why the application refuses ``row``; empty if it accepts it or cannot be asked.

        Each fill drafts the same rows again, so that an answer is remembered by the values of the row.
        """
        head = self._head_model(model)
        if head is None:
            return {}
        # A row of the same batch, which is not there yet.
        row = {name: None if isinstance(value, RowAt) else value for name, value in row.items()}
        values = repr(sorted(row.items()))  # a row that is read back has its columns in another order
        key, known = (head.model._meta.label, head.other, values), CHECKED_ROWS.refusals
        if key not in known:
            self._checked[model] += 1
            try:
                known[key] = self._cleaned(head, row, "full_clean")
            except Error:
                return self._of_fields(head, row)
            except Exception as error:  # code of the project's own may raise anything
                raised: Refusal = {BROKEN: f"{type(error).__name__}: {error}"}
                known[key] = {**self._of_fields(head, row), **raised}
        return known[key]

    def _of_fields(self, head: _HeadModel, row: ModelRowValues) -> Refusal:
        try:
            return self._cleaned(head, row, "clean_fields")
        except Exception:  # as above
            return {}

    def _cleaned(self, head: _HeadModel, row: ModelRowValues, check: str) -> Refusal:
        """Return the errors of one check, whose own writes are rolled back. Raises what it raises."""
        options = {"validate_unique": False, "validate_constraints": False} if check == "full_clean" else {}
        with _undone(self._connection):
            try:
                instance = head.model(**head.more, **row)
                instance._state.db = self._connection.alias
                getattr(instance, check)(exclude={*head.other, *head.filled_references(row)}, **options)
            except ValidationError as error:
                return _messages(error, head.later)
        return {}

    def _head_model(self, model: Model) -> _HeadModel | None:
        if model not in self._head_models:
            self._head_models[model] = self._compared(model)
        return self._head_models[model]

    def _compared(self, model: Model) -> _HeadModel | None:
        head = head_apps.all_models[model._meta.app_label].get(model._meta.model_name or "")
        if head is None or not has_own_checks(head):
            return None
        known, at_head = _local_fields(model), _local_fields(head)
        if any(type(at_head.get(name)) is not type(field) for name, field in known.items()):
            return None
        more = [field for name, field in at_head.items() if name not in known]
        other = [at_head[name] for name, field in known.items() if self._differs(field, at_head[name])]
        return _HeadModel(
            head,
            frozenset(field.name for field in more),
            frozenset(field.name for field in (*more, *other)),
            {field.attname: self._value(field) for field in more if _needs_value(field)},
            tuple(field for field in head._meta.local_concrete_fields if _is_plain_reference(field)),
        )

    def _differs(self, field: Field, head: Field) -> bool:
        """Return whether values of ``field`` as the state declares it may be none of the field at head."""
        if field.null != head.null or field.db_type(self._connection) != head.db_type(self._connection):
            return True
        if field.choices:
            return field_values.choices(field) != field_values.choices(head)
        # Some projects leave all choices out of their migrations; otherwise they came with a later one.
        return bool(head.choices) and self._declared.has_choices(field)

    def _value(self, field: Field) -> Any:
        request = ValueRequest(field, "typical", 0, Random(0), False)
        try:
            return field_values.make_value(request, self._connection)
        except Exception:  # a field of the project's own may raise anything
            return None


@contextmanager
def _undone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Undo what the block writes, by a savepoint made before its first statement: most checks send none.

    ``transaction.atomic`` cannot begin within another one that ends first, as one of the block may.
    """
    savepoints: list[str] = []

    def in_savepoint(execute: Callable[..., Any], *statement: Any) -> Any:
        if not savepoints:
            savepoints.append("")  # SAVEPOINT is a statement as well
            savepoints[0] = connection.savepoint() or ""
        return execute(*statement)

    with nullcontext() if connection.in_atomic_block else transaction.atomic(using=connection.alias):
        hooks = list(connection.run_on_commit)
        try:
            with connection.execute_wrapper(in_savepoint):
                yield
        finally:
            connection.run_on_commit = hooks
            if any(savepoints):
                connection.needs_rollback = False
                connection.savepoint_rollback(savepoints[0])


def _local_fields(model: Model) -> Mapping[str, Field]:
    return {field.attname: field for field in model._meta.local_concrete_fields}


def _messages(error: ValidationError, later: frozenset[str]) -> Refusal:
    """Return the messages of ``error`` by field, but those of the fields ``later``."""
    if not hasattr(error, "error_dict"):
        return {NON_FIELD_ERRORS: " ".join(error.messages)}
    by_field = error.message_dict.items()
    return {name: " ".join(messages) for name, messages in by_field if name not in later}


def _needs_value(field: Field) -> bool:
    is_filled = field.null or field.is_relation or isinstance(field, models.AutoField)
    return not is_filled and not field.has_default() and not field.empty_strings_allowed


def _is_plain_reference(field: Field) -> bool:
    own = type(field).validate is not models.ForeignKey.validate
    return referred_model(field) is not None and not own and not limit_of(field)


def has_own_checks(head: Model) -> bool:
    """Return whether rows of ``head`` are checked by more than Django's own checks."""
    if any(link is not None for link in head._meta.parents.values()):
        return False
    own = (base for base in head.__mro__ if not base.__module__.startswith("django."))
    return any(name in vars(base) for base in own for name in _CHECKS) or any(
        map(limit_of, head._meta.local_concrete_fields)
    )
