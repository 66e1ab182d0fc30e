"""Whatever the project's databases are, its code meets sandboxes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import dj_database_url
import pytest

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard.database_urls import sandbox_url
from django_switchback.worker.project import databases as swap

SQLITE = Address(engine="sqlite", name="/run/x.sqlite3")
POSTGRESQL = Address(
    engine="postgresql", name="switchback_x", host="/run/socket", port="5432", user="us", password="p@ss/word"
)


def item(original: dict[str, Any], sandbox: Address) -> dict[str, Any]:
    """Return what becomes of a project's only database."""
    return swap.swap_databases({"default": original}, {"default": sandbox})["default"]


@pytest.mark.parametrize("sandbox", [SQLITE, POSTGRESQL])
def test_no_part_of_the_real_address_is_left(sandbox: Address) -> None:
    """Name, host, port, user, password and the way to connect are all the sandbox's."""
    real = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "real",
        "HOST": "real.example.org",
        "PORT": "6543",
        "USER": "realuser",
        "PASSWORD": "realsecret",
        "OPTIONS": {"service": "real", "sslcert": "real.pem", "options": "-c role=real", "pool": True},
        "TEST": {"NAME": "real_test"},
    }
    assert "real" not in str(item(real, sandbox))


def test_what_changes_statements_is_kept() -> None:
    """Options that decide what a statement does stay; so does the time zone."""
    original = {"OPTIONS": {"isolation_level": 3, "sslmode": "require"}, "TIME_ZONE": "Europe/Berlin"}
    swapped = item(original, POSTGRESQL)
    assert swapped["OPTIONS"] == {"isolation_level": 3}
    assert swapped["TIME_ZONE"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ("-c search_path=app,public", "-c search_path=app,public"),
        ("-c role=owner -csearch_path=app,\\ public -c statement_timeout=5", r"-c search_path=app,\ public"),
        ('--search_path="App"', '-c search_path="App"'),
        ("-c lock_timeout=2s -c role=owner -csearch_path=app", "-c lock_timeout=2s -c search_path=app"),
        ("-c role=owner", None),
    ],
)
def test_the_search_path_and_the_lock_timeout_are_kept(options: str, kept: str | None) -> None:
    """Which schema a name means, and how long a migration waits, is the project's choice; the rest is not."""
    assert item({"OPTIONS": {"options": options}}, POSTGRESQL)["OPTIONS"].get("options") == kept
    assert item({"OPTIONS": {"options": options}}, SQLITE)["OPTIONS"] == {}


def test_options_of_the_users_url_are_the_sandboxs() -> None:
    """What the server's URL asks for is used for its sandboxes."""
    address = Address(engine="postgresql", name="x", options=(("sslmode", "require"),))
    assert item({}, address)["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("engine", "sandbox", "expected"),
    [
        ("django.contrib.gis.db.backends.spatialite", POSTGRESQL, "django.db.backends.postgresql"),
        ("django.db.backends.mysql", SQLITE, "django.db.backends.sqlite3"),
        ("no.such.backend", SQLITE, "django.db.backends.sqlite3"),
        ("", POSTGRESQL, "django.db.backends.postgresql"),
    ],
)
def test_a_backend_of_another_engine_gives_way(engine: str, sandbox: Address, expected: str) -> None:
    """The backend is Django's own for the sandbox's engine where the project's speaks to another."""
    assert item({"ENGINE": engine}, sandbox)["ENGINE"] == expected


def test_a_backend_of_the_same_engine_stays() -> None:
    """A project's own backend that speaks to the same engine is part of what is under test."""
    name = "worker_backend"
    package = ModuleType(name)
    base: Any = ModuleType(f"{name}.base")
    base.DatabaseWrapper = type("DatabaseWrapper", (), {"vendor": "postgresql"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, name, package)
        patch.setitem(sys.modules, f"{name}.base", base)
        assert item({"ENGINE": name}, POSTGRESQL)["ENGINE"] == name
        assert item({"ENGINE": name}, SQLITE)["ENGINE"] == "django.db.backends.sqlite3"


def test_an_alias_without_a_sandbox_reaches_nothing() -> None:
    """It keeps no address: Django's dummy backend refuses every statement."""
    swapped = swap.swap_databases({"default": {}, "other": {"NAME": "real"}}, {"default": SQLITE})
    assert swapped["other"] == {"ENGINE": "django.db.backends.dummy"}


def test_addresses_are_for_our_eyes_alone(tmp_path: Path) -> None:
    """The file comes back as it was written, and nobody else can read it."""
    file = tmp_path / "sandboxes.json"
    swap.write_sandboxes(file, {"default": POSTGRESQL})
    assert file.stat().st_mode & 0o777 == 0o600
    assert swap.read_sandboxes(file) == {"default": POSTGRESQL}


def test_the_url_is_what_projects_read() -> None:
    """``dj-database-url`` reads the address back, whatever characters it holds."""
    read = dict(dj_database_url.parse(sandbox_url(POSTGRESQL)))
    wanted = {"NAME": "switchback_x", "HOST": "/run/socket", "USER": "us", "PASSWORD": "p@ss/word"}
    assert {key: read[key] for key in wanted} == wanted
    assert dj_database_url.parse(sandbox_url(SQLITE))["NAME"] == "/run/x.sqlite3"


def test_a_mirror_has_the_sandbox_of_what_it_mirrors() -> None:
    """Through several mirrors too; what mirrors itself or nothing that is there is a database of its own."""
    databases = {
        "default": {},
        "replica": {"TEST": {"MIRROR": "default"}},
        "second": {"TEST": {"MIRROR": "replica"}},
        "lost": {"TEST": {"MIRROR": "nowhere"}},
        "ring": {"TEST": {"MIRROR": "ring"}},
    }
    found = {alias: swap.mirrored_alias(alias, databases) for alias in databases}
    assert found == {
        **dict.fromkeys(("default", "replica", "second"), "default"),
        "lost": "lost",
        "ring": "ring",
    }
    swapped = swap.swap_databases(databases, {"default": SQLITE})
    assert swapped["second"]["NAME"] == SQLITE.name
    assert swapped["second"]["TEST"] == {"MIRROR": "default"}
