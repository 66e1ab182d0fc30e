"""Chooses values that a field with code of its own takes and reads back, by trying format after format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from random import Random
from typing import Any, NamedTuple, TypeAlias

from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values import own_field_guesses
from django_switchback.worker.seed.values.rng import item_at
from django_switchback.worker.seed.values.value_request import ValueMaker, ValueRequest

_CONVERSIONS = frozenset({"to_python", "get_prep_value", "get_db_prep_value", "get_db_prep_save", "validate"})
_READS = frozenset({"from_db_value", "get_db_converters"})
_MAX_TRIES = 200
_RAISED = (TypeError, ValueError, AttributeError, ValidationError, ArithmeticError)

_Key: TypeAlias = tuple[object, ...]
_chosen: dict[_Key, _Choice | _Refused] = {}
"""A cache: what a field took, or its first refusal, by the field's declaration and what was requested."""


class _Refused(NamedTuple):
    """A field's refusal of a value."""

    raised: Exception
    value: Any

    @property
    def error(self) -> Exception:
        """The exception, as one of those that a seeder takes for the refusal of a value."""
        if isinstance(self.raised, _RAISED):
            return self.raised
        return ValueError(f"{type(self.raised).__name__}: {self.raised}")

    @property
    def message(self) -> str:
        """The words of the refusal, without the refused value."""
        messages = self.raised.messages if isinstance(self.raised, ValidationError) else [str(self.raised)]
        text = " ".join(map(str, messages))
        for form in (repr(self.value), str(self.value)):
            text = text.replace(form, "") if form else text
        return text


class _Choice(NamedTuple):
    """A maker whose values a field takes; ``relaxed`` if they do not pass its validation."""

    make: ValueMaker
    relaxed: bool


class _Query(Error):
    """Raised instead of a query that a field's own code sends while a value is tried."""


@cache
def _overridden(bases: tuple[type, ...]) -> frozenset[str]:
    """Return what the project or a library defines in a field class, given that class and its bases."""
    own = (base for base in bases if not base.__module__.startswith("django."))
    return frozenset(name for base in own if base is not object for name in vars(base))


def has_own_checks(field: Field) -> bool:
    """Return whether code outside Django decides which values ``field`` or its elements take or read."""
    if not (_CONVERSIONS | _READS | {"run_validators", "db_type"}).isdisjoint(
        _overridden(type(field).__mro__)
    ):
        return True
    if any(not _module_of(validator).startswith("django.") for validator in field.validators):
        return True
    base = getattr(field, "base_field", None)
    return base is not None and has_own_checks(base)


def can_be_searched(field: Field, connection: BaseDatabaseWrapper) -> bool:
    """Return whether the field or the column type refuses wrong values, if the field's class is unknown."""
    return connection.vendor == "postgresql" or not _CONVERSIONS.isdisjoint(_overridden(type(field).__mro__))


def _module_of(validator: object) -> str:
    return getattr(validator, "__module__", None) or type(validator).__module__


def fitting_value(
    request: ValueRequest, plain: ValueMaker, element: ValueMaker, connection: BaseDatabaseWrapper
) -> Any:
    """Return a value that the field takes and reads back; typical values also pass its validation.

    The value of ``plain`` comes first, then formats that the field's default, its refusal and its name
    suggest, then all others. ``element`` makes the elements of a list whose field declares one. If validation
    refuses everything, a value that can be stored is returned; raises the first refusal if there is none.
    """
    field = request.field
    key = (type(field), _declaration(field), connection.vendor, request.profile, request.unique)
    choice = _chosen.get(key)
    if isinstance(choice, _Choice):
        value = _taken(request, choice, connection, read=False)
        if not isinstance(value, _Refused):
            return value
    if not isinstance(choice, _Refused):
        choice = _chosen[key] = _search(_with_rng_copy(request), plain, element, connection)
    value = choice if isinstance(choice, _Refused) else _taken(request, choice, connection, read=False)
    if isinstance(value, _Refused):
        raise value.error
    return value


def _with_rng_copy(request: ValueRequest) -> ValueRequest:
    """Return ``request`` with a copy of its generator: the other columns must not depend on the search."""
    rng = Random()
    rng.setstate(request.rng.getstate())
    return request._replace(rng=rng)


def _declaration(field: Field) -> str:
    _, path, args, kwargs = field.deconstruct()
    return repr((path, args, sorted((name, str(value)) for name, value in kwargs.items()), field.name))


def _search(
    request: ValueRequest, plain: ValueMaker, element: ValueMaker, connection: BaseDatabaseWrapper
) -> _Choice | _Refused:
    first = _taken(request, _Choice(plain, relaxed=False), connection)
    if not isinstance(first, _Refused):
        return _Choice(plain, relaxed=False)
    makers = list(islice(_makers(request, plain, element, first.message), _MAX_TRIES))
    for relaxed in (False, True) if request.profile == "typical" else (True,):
        for maker in (plain, *makers) if relaxed else makers:
            choice = _Choice(maker, relaxed)
            if not isinstance(_taken(request, choice, connection), _Refused):
                return choice
    return first


def _makers(
    request: ValueRequest, plain: ValueMaker, element: ValueMaker, refusal: str
) -> Iterator[ValueMaker]:
    """Yield makers of values to try, the most likely first; the default itself comes last."""
    field = request.field
    yield lambda again: plain(again._replace(profile="typical"))
    for members in own_field_guesses.declared_members(field):
        yield partial(_member, members)
    if (base := own_field_guesses.element_field(field)) is not None:
        yield partial(_elements, element, base)
    default = _default(field)
    yield from _each(partial(own_field_guesses.shaped_like, default), request)
    yield from (partial(_constant, example) for example in own_field_guesses.quoted_examples(refusal))
    texts = (refusal, f"{type(field).__name__} {field.description or ''} {field.name}")
    named = [guess for text in texts for guess in own_field_guesses.mentioned(text)]
    for guess in dict.fromkeys((*named, *own_field_guesses.GUESSES)):
        yield from _each(guess.make, request)
    if default is not None:
        yield partial(_constant, default)


def _each(make: Callable[[ValueRequest], tuple[Any, ...]], request: ValueRequest) -> Iterator[ValueMaker]:
    yield from (partial(_variant, make, place) for place in range(len(make(request))))


def _variant(make: Callable[[ValueRequest], tuple[Any, ...]], place: int, request: ValueRequest) -> Any:
    return make(request)[place]


def _member(members: tuple[Any, ...], request: ValueRequest) -> Any:
    return {"low": members[0], "high": members[-1]}.get(request.profile, item_at(members, request.number))


def _elements(element: ValueMaker, base: Field, request: ValueRequest) -> list[Any]:
    return [element(request._replace(field=base, number=request.number * 2 + place)) for place in range(2)]


def _constant(value: Any, _request: ValueRequest) -> Any:
    return value


def _default(field: Field) -> Any:
    try:
        return field.get_default() if field.has_default() else None
    except Exception:  # a default of the project's own may need a row or a setting that is not there
        return None


def _taken(
    request: ValueRequest, choice: _Choice, connection: BaseDatabaseWrapper, *, read: bool = True
) -> Any:
    """Return the maker's value as the field takes it, or a :class:`_Refused`.

    Only typical values must pass validation; with ``read``, the value is read back.
    """
    field = request.field
    value = None
    try:
        value = choice.make(request)
        with _without_queries(connection):
            strict = request.profile == "typical" and not choice.relaxed
            value, stored = _prepared(field, value, connection, strict=strict)
        if read:
            _read_back(field, stored, connection)
    except Exception as error:  # code of the project's own may raise anything
        return _Refused(error, value)
    return _Refused(TypeError("no value is known"), None) if value is None else value


def _prepared(field: Field, value: Any, connection: BaseDatabaseWrapper, *, strict: bool) -> tuple[Any, Any]:
    """Return ``value``, converted by the field if it must be, and its form for the database."""
    first = value
    if strict:
        first = field.to_python(value)
        _validate(field, first)
    try:
        return first, field.get_db_prep_save(first, connection)
    except Exception:
        second = value if strict else field.to_python(value)
        return second, field.get_db_prep_save(second, connection)


def _validate(field: Field, value: Any) -> None:
    """Raise the ``ValidationError`` of the field's validation."""
    for validate in (lambda: field.validate(value, None), lambda: field.run_validators(value)):
        error = _validation_error(validate)
        if error is not None:
            raise error


def _validation_error(validate: Callable[[], None]) -> ValidationError | None:
    try:
        validate()
    except ValidationError as error:
        return error
    except Exception:  # validation that breaks, such as one that needs the whole row, has refused nothing
        return None
    return None


def _read_back(field: Field, stored: Any, connection: BaseDatabaseWrapper) -> None:
    """Read ``stored`` through the database and the field's converters; raises what they raise."""
    methods = _overridden(type(field).__mro__)
    typed = connection.vendor == "postgresql"
    if _READS.isdisjoint(methods) and not (typed and "db_type" in methods):
        return
    kind = field.db_type(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if typed:
            cursor.execute(f"SELECT CAST(%s AS {kind})" if kind else "SELECT %s", [stored])
        else:
            # SQLite: only a column has the affinity that makes a number of the text of a decimal.
            cursor.execute(f"CREATE TEMPORARY TABLE switchback_value (value {kind or ''})")
            cursor.execute("INSERT INTO switchback_value VALUES (%s)", [stored])
            cursor.execute("SELECT value FROM switchback_value")
        (read,) = cursor.fetchone()
        transaction.set_rollback(True, using=connection.alias)
    column = Col("", field)
    for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
        read = convert(read, column, connection)


@contextmanager
def _without_queries(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Refuse queries: one that fails would end the transaction that rows are inserted in."""

    def refuse(*_args: Any) -> None:
        raise _Query("a field must not send a query here")

    with connection.execute_wrapper(refuse):
        yield
