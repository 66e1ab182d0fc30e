"""Whose access it is: that of the project, or that of a tool."""

from __future__ import annotations

import pytest

from django_switchback.worker.guard.access_reports import is_tool_access


def called_through(*modules: str) -> bool:
    """Ask from within the last of these modules, each called by the one before."""
    ask = is_tool_access
    for module in reversed(modules):
        scope = {"__name__": module, "ask": ask}
        exec("def call(): return ask()", scope)
        ask = scope["call"]  # type: ignore[assignment]  # made by exec
    return ask()


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        (("django_switchback.worker.manage.plain_migrate", "subprocess"), True),
        (
            ("django_switchback.worker.manage", "subprocess", "sentry_sdk.utils", "subprocess"),
            True,
        ),
        (("ctypes.util", "sentry_sdk.integrations.stdlib", "subprocess"), True),
        (("blog.migrations.0002", "subprocess"), False),
        (("blog.migrations.0002", "opentelemetry.instrumentation", "subprocess"), False),
        (("django_switchback.worker.migrate", "blog.migrations.0002", "socket"), False),
        (("threading", "sentry_sdk.transport", "socket"), False),
    ],
)
def test_what_measures_calls_is_not_their_caller(modules: tuple[str, ...], expected: bool) -> None:
    """Sentry wraps subprocess: what this tool starts stays its own; what the project starts is reported."""
    assert called_through(*modules) is expected
