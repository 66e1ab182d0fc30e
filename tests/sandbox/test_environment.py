"""What of the caller's environment gets on."""

from __future__ import annotations

from django_switchback.sandbox.environment import server_environment, without_libpq_variables

CALLERS = {"PATH": "/bin", "PGHOST": "h", "PGPASSWORD": "s3cret", "SECRET_KEY": "s3cret", "HOME": "/home/me"}


def test_workers_see_no_settings_of_libpq() -> None:
    """Everything gets on but what libpq would read."""
    assert without_libpq_variables(CALLERS) == {"PATH": "/bin", "SECRET_KEY": "s3cret", "HOME": "/home/me"}


def test_servers_see_no_secrets() -> None:
    """A server gets where programs are, a home, the same language and time, and no host but its own."""
    usual = {"PATH": "/bin", "HOME": "/data", "LC_ALL": "C", "TZ": "UTC"}
    own = server_environment(CALLERS, "/data", "/socket", "postgres")
    hosts, addresses = own.pop("PGHOST").split(","), own.pop("PGHOSTADDR").split(",")
    assert (set(hosts), set(addresses), len(hosts)) == ({"/socket"}, {""}, len(addresses))
    assert len(hosts) > 1
    assert own == {**usual, "PGUSER": "postgres"}
