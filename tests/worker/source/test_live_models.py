"""Live models in data functions: which uses are found, and what only looks like one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps as global_apps
from django.conf import settings
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.source import live_models
from django_switchback.worker.source.live_models import live_model_uses

Post: Any = None
apps: Any = None
blog = ModuleType("live_blog")


class Numbered(models.Manager):
    """A manager that historical models have too."""

    use_in_migrations = True


@pytest.fixture(autouse=True)
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the models of a state be the live ones, in this module and in two others."""
    if not settings.configured:
        settings.configure(USE_TZ=True)
    global_apps.populate(settings.INSTALLED_APPS)
    state = ProjectState()
    managers: list[tuple[str, models.Manager[Any]]] = [("numbered", Numbered())]
    state.add_model(
        ModelState("live", "Post", [("id", models.BigAutoField(primary_key=True))], managers=managers)
    )
    monkeypatch.setattr(live_models, "registry", state.apps)
    model = state.apps.get_model("live", "Post")
    model.DRAFT = "draft"
    model.publish_all = classmethod(lambda cls: None)
    for name, value in (("Post", model), ("apps", state.apps)):
        monkeypatch.setitem(globals(), name, value)
    vars(blog)["Post"] = model
    monkeypatch.setitem(sys.modules, "live_blog", blog)


def helper(count: int) -> None:
    """Use the live model for a data function."""
    Post.numbered.filter(id=count).delete()


def by_manager(_: Any, editor: Any) -> None:
    Post.numbered.all()


def by_module(_: Any, editor: Any) -> None:
    blog.Post.numbered.all()


def by_instance(_: Any, editor: Any) -> None:
    Post(id=1).save()


def by_class_method(_: Any, editor: Any) -> None:
    Post.publish_all()


def as_argument(_: Any, editor: Any) -> None:
    str(Post)


def as_item(_: Any, editor: Any) -> None:
    for model in (Post,):
        model.numbered.all()


def by_registry(_: Any, editor: Any) -> None:
    apps.get_model("live", "Post")


def by_configuration(_: Any, editor: Any) -> None:
    apps.get_app_config("live").get_model("Post")


def by_user(_: Any, editor: Any) -> None:
    get_user_model().objects.all()


def by_user_of_module(_: Any, editor: Any) -> None:
    auth.get_user_model().objects.all()


def by_helper(_: Any, editor: Any) -> None:
    helper(1)


def passed_on(_: Any, editor: Any) -> None:
    list(map(helper, [1]))


def imported_inside(_: Any, editor: Any) -> None:
    from live_blog import Post as Present  # type: ignore[import-not-found]  # made by a test

    Present.numbered.all()


def by_default(_: Any, editor: Any, model: Any = None) -> None:
    def inner(kind: Any = Post) -> None:
        kind.numbered.all()

    inner()


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


@decorated
def behind_a_decorator(_: Any, editor: Any) -> None:
    Post.numbered.all()


UNSAFE: dict[str, Any] = {
    "Post.numbered": by_manager,
    "blog.Post.numbered": by_module,
    "Post": as_argument,
    "Post.publish_all": by_class_method,
    "apps.get_model()": by_registry,
    "apps.get_app_config('live').get_model()": by_configuration,
    "get_user_model()": by_user,
    "auth.get_user_model()": by_user_of_module,
    "Present.numbered": imported_inside,
}


@pytest.mark.parametrize(("used", "function"), UNSAFE.items(), ids=UNSAFE)
def test_each_way_to_a_live_model_is_found(used: str, function: Callable[..., Any]) -> None:
    """It is told as it is written, with function, file and line."""
    (use,) = live_model_uses([migrations.RunPython(function)], Path(__file__).parent)
    line = function.__code__.co_firstlineno + (3 if function is imported_inside else 1)
    assert use.used == used
    assert (use.function, use.path, use.line) == (function.__name__, "test_live_models.py", line)


@pytest.mark.parametrize(
    ("operation", "used"),
    [
        (migrations.RunPython(by_helper), "Post.numbered"),
        (migrations.RunPython(passed_on), "Post.numbered"),
        (migrations.RunPython(by_default), "Post"),
        (migrations.RunPython(by_instance), "Post"),
        (migrations.RunPython(as_item), "Post"),
        (migrations.RunPython(behind_a_decorator), "Post.numbered"),
        (migrations.RunPython(partial(by_manager)), "Post.numbered"),
        (migrations.RunPython(lambda _, editor: Post.numbered.all()), "Post.numbered"),
        (migrations.RunPython(migrations.RunPython.noop, by_manager), "Post.numbered"),
        (migrations.SeparateDatabaseAndState([migrations.RunPython(by_manager)]), "Post.numbered"),
    ],
)
def test_every_function_of_the_operations_is_read(operation: Any, used: str) -> None:
    """Both directions, nested operations, partials, decorators, and the functions that they call."""
    assert [use.used for use in live_model_uses([operation], Path.cwd())] == [used]


def with_historical_model(apps: Any, editor: Any) -> None:
    Post = apps.get_model("live", "Post")
    Post.numbered.all()


def with_parameter(_: Any, editor: Any) -> None:
    for Post in editor:  # noqa: N806  hides the live model
        Post.numbered.all()


def with_annotation(_: Any, editor: Any) -> None:
    def show(post: Post) -> Post:
        return post

    kept: Post = show(None)
    assert kept is None


def with_constant(_: Any, editor: Any) -> None:
    assert Post.DRAFT


def with_exception(apps: Any, editor: Any) -> None:
    try:
        apps.get_model("live", "Post").numbered.get()
    except Post.DoesNotExist:
        return


def with_type_check(_: Any, editor: Any) -> None:
    assert not isinstance(editor, Post)


def with_configuration(_: Any, editor: Any) -> None:
    assert apps.get_app_config("live").label


def with_library(_: Any, editor: Any) -> None:
    partial(int, "1")()


def with_model_of_its_own(_: Any, editor: Any) -> None:
    class Legacy(models.Model):
        class Meta:
            app_label = "live"
            managed = False

    assert Legacy._meta.db_table in editor


@pytest.mark.parametrize(
    "function",
    [
        with_historical_model,
        with_parameter,
        with_annotation,
        with_constant,
        with_exception,
        with_type_check,
        with_configuration,
        with_library,
        with_model_of_its_own,
    ],
)
def test_what_only_looks_like_a_use_is_none(function: Callable[..., Any]) -> None:
    """Names that hide the live model, annotations, constants, exceptions, type checks, ``models.Model``."""
    assert live_model_uses([migrations.RunPython(function, function)], Path.cwd()) == ()


def test_schema_operations_are_not_read() -> None:
    """Fields with defaults of the models' module, and managers, are none of the rule's business."""
    operations = [
        migrations.CreateModel("Post", [("id", models.BigAutoField(primary_key=True))], managers=[]),
        migrations.AddField("post", "n", models.IntegerField(default=helper)),
        migrations.RunSQL("SELECT 1"),
    ]
    assert live_model_uses(operations, Path.cwd()) == ()
