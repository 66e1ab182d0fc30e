"""What of the caller's environment gets on."""

from __future__ import annotations

from django_switchback.sandbox.environment import NOWHERE, server_environment, without_libpq_variables

CALLERS = {"PATH": "/bin", "PGHOST": "h", "PGPASSWORD": "s3cret", "SECRET_KEY": "s3cret", "HOME": "/home/me"}


def test_workers_see_no_settings_of_libpq() -> None:
    """Everything gets on but what libpq would read."""
    assert without_libpq_variables(CALLERS) == {"PATH": "/bin", "SECRET_KEY": "s3cret", "HOME": "/home/me"}


def test_servers_see_no_secrets() -> None:
    """A server gets where programs are, a home, the same language and time, and no way to another server."""
    usual = {"PATH": "/bin", "HOME": "/data", "LC_ALL": "C", "TZ": "UTC"}
    assert server_environment(CALLERS, "/data") == {**usual, "PGHOSTADDR": NOWHERE}
