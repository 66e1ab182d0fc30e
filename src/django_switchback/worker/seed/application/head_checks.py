"""Asks the models at head, as the application has them, whether they accept a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from django.apps import apps as head_apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Model, ModelRowValues, RowAt, referred_model

Refusal: TypeAlias = Mapping[str, str]
"""The messages of a ``ValidationError`` by field name; empty if the row is accepted."""

MAX_CHANGES = 300
"""Changed rows that one fill of a database checks: a project's checks may query many tables each."""
_CHECKS = ("clean", "clean_fields", "full_clean")
_ignored: set[tuple[str, frozenset[tuple[object, ...]]]] = set()
"""A cache: the models, with their fields, that are not asked any more in this process."""
_answers: dict[tuple[Model, str], Refusal] = {}
"""A cache: the refusals of rows, by model and values."""


class HeadChecks:
    """Checks rows by ``full_clean`` of the same model at head, where its fields are the same.

    Models are not asked if they have no checks of their own, inherit from another table, or once a check
    raised anything but ``ValidationError``, such as on a table that head has and this database has not.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._head_models: dict[Model, Model | None] = {}
        self.changes_left = MAX_CHANGES

    def ignore(self, model: Model) -> None:
        """Ask ``model`` no more."""
        self._head_models[model] = None
        _ignored.add((model._meta.label, self._fields(model)))

    def asks(self, model: Model) -> bool:
        """Return whether rows of ``model`` are checked."""
        return self._head_model(model) is not None

    def refusal(self, model: Model, row: ModelRowValues) -> Refusal:
        """Return why the application refuses ``row``; empty if it accepts it or cannot be asked.

        Each fill drafts the same rows again, so that an answer is remembered by the values of the row.
        """
        head = self._head_model(model)
        if head is None or any(isinstance(value, RowAt) for value in row.values()):
            return {}
        key = head, repr(row)
        if key not in _answers:
            try:
                with transaction.atomic(using=self._connection.alias):
                    refusal = self._cleaned(head, row)
                    transaction.set_rollback(True, using=self._connection.alias)
            except Exception:  # code of the project's own may raise anything
                self.ignore(model)
                return {}
            _answers[key] = refusal
        return _answers[key]

    def _cleaned(self, head: Model, row: ModelRowValues) -> Refusal:
        instance = head(**row)
        instance._state.db = self._connection.alias
        try:
            instance.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                return {name: " ".join(messages) for name, messages in error.message_dict.items()}
            return {NON_FIELD_ERRORS: " ".join(error.messages)}
        return {}

    def _head_model(self, model: Model) -> Model | None:
        if model not in self._head_models:
            head = head_apps.all_models[model._meta.app_label].get(model._meta.model_name or "")
            fields = self._fields(model)
            same = head is not None and self._fields(head) == fields
            same = same and (model._meta.label, fields) not in _ignored
            self._head_models[model] = head if head is not None and same and _has_own_checks(head) else None
        return self._head_models[model]

    def _fields(self, model: Model) -> frozenset[tuple[object, ...]]:
        return frozenset(
            (field.attname, field.column, field.null, type(field), field.db_type(self._connection))
            for field in model._meta.local_concrete_fields
        )


def _has_own_checks(head: Model) -> bool:
    if any(link is not None for link in head._meta.parents.values()):
        return False
    own = (base for base in head.__mro__ if not base.__module__.startswith("django."))
    return any(name in vars(base) for base in own for name in _CHECKS) or any(
        referred_model(field) is not None and field.get_limit_choices_to()  # type: ignore[attr-defined] # a foreign key
        for field in head._meta.local_concrete_fields
    )
