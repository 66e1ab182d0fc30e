"""The decorators: what they note down, what they refuse, and that they need nothing of Django."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from django_switchback.scenarios import after, before, leave_empty, reapplied, restored, value_for
from django_switchback.scenarios.declaring import (
    BadScenario,
    Declarations,
    call_with_known_arguments,
    collect_declarations,
)


def test_what_is_declared_is_noted_in_its_order() -> None:
    """Each decorator notes its function and leaves it as it was; one function may have several."""
    declared = Declarations()
    with collect_declarations(declared):

        @after("blog.0001", "blog.0002")
        @restored("blog.*")
        def holds(apps: object) -> None: ...

        @value_for("blog.Post", "slug")
        @value_for(int)
        def value(number: int) -> int:
            return number

        leave_empty("blog.Entry", because="it is written by a trigger")
    assert [(step.moment, step.patterns, step.function) for step in declared.steps] == [
        ("restored", ("blog.*",), holds),
        ("after", ("blog.0001", "blog.0002"), holds),
    ]
    assert [(function.model, function.field, function.field_class) for function in declared.values] == [
        (None, None, int),
        ("blog.Post", "slug", None),
    ]
    assert [(table.model, table.because, table.file) for table in declared.left_empty] == [
        ("blog.Entry", "it is written by a trigger", __file__)
    ]
    assert value(3) == 3


def test_outside_of_a_run_nothing_is_noted() -> None:
    """A file of scenarios may be imported by whoever likes to, one collection never sees another's."""
    declared = Declarations()
    with collect_declarations(declared):
        pass

    @before("blog.0001")
    def prepared() -> None: ...

    assert declared.steps == []


def wrong_argument() -> None:
    """Ask for something that is not offered."""

    @reapplied("blog.0001")
    def holds(app: object) -> None: ...


def wrong_value_argument() -> None:
    """Ask for something that is not offered."""

    @value_for("blog.Post", "slug")
    def slug(turn: int) -> None: ...


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: before(), "before: expected migrations such as"),
        (lambda: after("0005_fill"), "after: expected migrations such as"),
        # What a project without a type checker may pass.
        (lambda: restored(wrong_argument), "restored: expected migrations such as"),  # type: ignore[arg-type]
        (wrong_argument, "holds asks for 'app': expected apps, connection"),
        (wrong_value_argument, "slug asks for 'turn': expected number, chance, field"),
        (lambda: value_for("Post", "slug"), r"value_for\('Post'\): expected a model such as 'blog.Post'"),
        # As above.
        (lambda: value_for(3), r"value_for\(3\): expected a model such as 'blog.Post', or a field class"),  # type: ignore[arg-type]
        (lambda: value_for(int, "slug"), "a field class stands alone"),
        (lambda: leave_empty("Post", because="x"), r"leave_empty\('Post'\): expected a model"),
        (lambda: leave_empty("blog.Post", because=" "), "the reason is empty"),
    ],
)
def test_what_means_nothing_is_refused(declare: Callable[[], object], said: str) -> None:
    """A declaration that could never apply is refused where it stands."""
    with pytest.raises(BadScenario, match=said):
        declare()


def test_a_function_gets_what_it_asks_for() -> None:
    """Of what is offered, a function is given the arguments that it names."""
    assert call_with_known_arguments(lambda: 1, apps=2) == 1
    assert call_with_known_arguments(lambda connection: connection, apps=2, connection=3) == 3


def test_nothing_of_django_is_imported() -> None:
    """The decorators can be imported where Django is not."""
    code = "import sys, django_switchback.scenarios; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
