"""Define the scenario decorators. Django is not imported, so that files can be read without it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

ScenarioPoint: TypeAlias = Literal["before", "after", "restored", "reapplied"]
AnyCallable: TypeAlias = Callable[..., Any]
AnyFunction = TypeVar("AnyFunction", bound=AnyCallable)

STEP_ARGUMENTS = ("apps", "connection")
VALUE_ARGUMENTS = ("number", "chance", "field")


class BadScenario(Exception):
    """Reports an invalid declaration; the loader adds its file and line."""


class ScenarioStep(NamedTuple):
    """Holds a function for one point in the cycle of each migration that matches ``patterns``."""

    moment: ScenarioPoint
    patterns: tuple[str, ...]
    function: AnyCallable


class ValueFunction(NamedTuple):
    """Holds a function that generates values for a field, for all fields of a class, or for a row."""

    model: str | None
    field: str | None
    field_class: type | None
    function: AnyCallable


class EmptyTable(NamedTuple):
    """Holds a model whose table stays empty, and where this was declared."""

    model: str
    because: str
    file: str
    line: int


class Declarations:
    """Holds the declarations of all files of a folder, in order."""

    def __init__(self) -> None:
        self.steps: list[ScenarioStep] = []
        self.values: list[ValueFunction] = []
        self.left_empty: list[EmptyTable] = []


_collected: ContextVar[Declarations | None] = ContextVar("collected", default=None)


@contextmanager
def collect_declarations(declared: Declarations) -> Iterator[None]:
    """Collect declarations made in the block in ``declared``; others are discarded."""
    token = _collected.set(declared)
    try:
        yield
    finally:
        _collected.reset(token)


def before(*migrations: str) -> Callable[[AnyFunction], AnyFunction]:
    """Prepare rows before each of ``migrations`` is applied, through the models as they are then."""
    return _step("before", migrations)


def after(*migrations: str) -> Callable[[AnyFunction], AnyFunction]:
    """Assert what must hold after each of ``migrations``, and write rows as the new release would."""
    return _step("after", migrations)


def restored(*migrations: str) -> Callable[[AnyFunction], AnyFunction]:
    """Assert what must hold after each of ``migrations`` was rolled back; what is written is undone."""
    return _step("restored", migrations)


def reapplied(*migrations: str) -> Callable[[AnyFunction], AnyFunction]:
    """Assert what must hold after each of ``migrations`` was applied again; what is written is undone."""
    return _step("reapplied", migrations)


def value_for(what: str | type, field: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
    """Generate values for ``"app.Model", "field"`` or a field class; for ``"app.Model"``, a dict."""
    if not isinstance(what, str | type):
        raise BadScenario(f"value_for({what!r}): expected a model such as 'blog.Post', or a field class")
    if isinstance(what, str):
        _check_model("value_for", what)
    elif field is not None:
        raise BadScenario("value_for: a field class stands alone, without the name of a field")

    def decorate(function: AnyFunction) -> AnyFunction:
        _check_arguments(function, VALUE_ARGUMENTS)
        model, field_class = (what, None) if isinstance(what, str) else (None, what)
        _note().values.append(ValueFunction(model, field, field_class, function))
        return function

    return decorate


def leave_empty(model: str, *, because: str) -> None:
    """Declare that the table of ``model`` must stay empty; reports show the reason ``because``."""
    _check_model("leave_empty", model)
    if not because.strip():
        raise BadScenario(f"leave_empty({model!r}): the reason is empty")
    caller = sys._getframe(1)
    _note().left_empty.append(EmptyTable(model, because.strip(), caller.f_code.co_filename, caller.f_lineno))


def call_with_known_arguments(function: AnyCallable, **offered: Any) -> Any:
    """Call ``function`` with those keyword arguments that its signature has."""
    names = inspect.signature(function).parameters
    return function(**{name: value for name, value in offered.items() if name in names})


def _note() -> Declarations:
    return _collected.get() or Declarations()


def _step(moment: ScenarioPoint, migrations: tuple[object, ...]) -> Callable[[AnyFunction], AnyFunction]:
    patterns = tuple(migration for migration in migrations if isinstance(migration, str) and "." in migration)
    if not patterns or len(patterns) != len(migrations):
        raise BadScenario(f"{moment}: expected migrations such as 'blog.0005_fill_post_slugs' or 'blog.*'")

    def decorate(function: AnyFunction) -> AnyFunction:
        _check_arguments(function, STEP_ARGUMENTS)
        _note().steps.append(ScenarioStep(moment, patterns, function))
        return function

    return decorate


def _check_model(who: str, model: str) -> None:
    if model.count(".") != 1 or not all(model.split(".")):
        raise BadScenario(f"{who}({model!r}): expected a model such as 'blog.Post'")


def _check_arguments(function: AnyCallable, known: tuple[str, ...]) -> None:
    for name in inspect.signature(function).parameters:
        if name not in known:
            raise BadScenario(f"{function.__name__} asks for {name!r}: expected {', '.join(known)}")
