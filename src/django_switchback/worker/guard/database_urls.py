"""Database URLs as Django projects write them in their environment, told from every other text."""

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
"""The schemes that dj-database-url, django-environ and SQLAlchemy know; ``mysql+x`` counts as ``mysql``."""


def scheme_of(text: str) -> str:
    """Return the scheme of a database URL; an empty string where ``text`` is none."""
    scheme, separator, _ = text.strip().partition("://")
    known = separator and scheme.lower().partition("+")[0] in _FAMILIES
    return scheme if known else ""


def family_of(scheme: str) -> Family:
    """Return the kind of database that a scheme stands for; raises ``KeyError`` for what is none."""
    return _FAMILIES[scheme.lower().partition("+")[0]]


def sqlite_file(url: str) -> str:
    """Return the path of the file that ``url`` names; empty where it names none.

    ``sqlite:///x`` is the file ``x`` to dj-database-url and SQLAlchemy, which write ``/x`` with four slashes.
    """
    scheme = scheme_of(url)
    if not scheme or family_of(scheme) != "sqlite":
        return ""
    place = url.strip().partition("://")[2].partition("?")[0]
    path = unquote(place.partition("/")[2])
    return "" if path == ":memory:" else path


def sandbox_url(sandbox: Address, scheme: str = "") -> str:
    """Return ``sandbox`` as the ``DATABASE_URL`` that Django projects commonly read.

    Where it is of the same kind, ``scheme`` stays: it may name the project's backend (``postgis``).
    """
    if not scheme or family_of(scheme) != sandbox.engine:
        scheme = sandbox.engine
    if sandbox.engine == "sqlite":
        return f"{scheme}:///{sandbox.name}"
    secret = f":{quote(sandbox.password, safe='')}" if sandbox.password else ""
    port = f":{sandbox.port}" if sandbox.port else ""
    host = quote(sandbox.host, safe="")
    return f"{scheme}://{quote(sandbox.user, safe='')}{secret}@{host}{port}/{sandbox.name}"
