"""Recognises, parses and writes database URLs as Django projects use them in their environment."""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import quote, unquote

from django_switchback.sandbox.interface import Address

Family: TypeAlias = Literal["postgresql", "sqlite", "other"]

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("postgres", "postgresql", "pgsql", "psql", "pg", "postgis"), "postgresql"),
    **dict.fromkeys(("timescale", "timescaledb", "timescalegis", "cockroach", "cockroachdb"), "postgresql"),
    **dict.fromkeys(("sqlite", "sqlite3", "spatialite"), "sqlite"),
    **dict.fromkeys(("mysql", "mysql2", "mysqlgis", "mysql-connector", "mariadb", "oracle"), "other"),
    **dict.fromkeys(("oraclegis", "mssql", "mssqlms", "sqlserver", "redshift", "snowflake"), "other"),
}
"""The schemes of dj-database-url, django-environ and SQLAlchemy; ``mysql+x`` counts as ``mysql``."""


def scheme_of(text: str) -> str:
    """Return the scheme of a database URL, or an empty string if ``text`` is not a database URL."""
    scheme, separator, _ = text.strip().partition("://")
    known = separator and scheme.lower().partition("+")[0] in _FAMILIES
    return scheme if known else ""


def family_of(scheme: str) -> Family:
    """Return the database family of a scheme; raises ``KeyError`` for an unknown scheme."""
    return _FAMILIES[scheme.lower().partition("+")[0]]


def sqlite_file(url: str) -> str:
    """Return the path of the SQLite file that ``url`` names, or an empty string.

    ``sqlite:///x`` is the file ``x`` for dj-database-url and SQLAlchemy, which write ``/x`` with four
    slashes.
    """
    scheme = scheme_of(url)
    if not scheme or family_of(scheme) != "sqlite":
        return ""
    place = url.strip().partition("://")[2].partition("?")[0]
    path = unquote(place.partition("/")[2])
    return "" if path == ":memory:" else path


def sandbox_url(sandbox: Address, scheme: str = "") -> str:
    """Return the ``DATABASE_URL`` of ``sandbox``.

    ``scheme`` is kept if it is of the same family: it may name the project's backend (``postgis``).
    """
    if not scheme or family_of(scheme) != sandbox.engine:
        scheme = sandbox.engine
    if sandbox.engine == "sqlite":
        return f"{scheme}:///{sandbox.name}"
    secret = f":{quote(sandbox.password, safe='')}" if sandbox.password else ""
    port = f":{sandbox.port}" if sandbox.port else ""
    host = quote(sandbox.host, safe="")
    return f"{scheme}://{quote(sandbox.user, safe='')}{secret}@{host}{port}/{sandbox.name}"
