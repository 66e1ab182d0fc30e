"""Detects statements by which a PostgreSQL server itself connects elsewhere: ``dblink`` and foreign servers.

The server connects, not this process. Servers of the run reach only themselves (``sandbox/environment.py``).
On any other server a statement is judged by its text: by the connection strings and options in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from psycopg.conninfo import conninfo_to_dict

from django_switchback.worker.guard import access_reports, refuse_driver_connections
from django_switchback.worker.guard.allowed_databases import ConnectionTarget

_CONNECTING_FUNCTIONS = {"dblink", "dblink_connect", "dblink_connect_u", "dblink_exec"}
_WORDS = ("dblink", "server")
"""Statements without these words are not analysed."""
_OPTIONS = {"host", "hostaddr", "port", "dbname", "service"}
_STRINGS = {"STRING", "HEREDOC_STRING", "BYTE_STRING", "UNICODE_STRING", "NATIONAL_STRING"}
_CANNOT_CONNECT = "08001"
"""SQLSTATE of a server that could not connect to another one."""
UNKNOWN = "a database that a statement computes"

Parameters = Mapping[str, str]


@contextmanager
def watched(connection: BaseDatabaseWrapper, *, prevented: bool) -> Iterator[None]:
    """Report connections of the server within the block; ``prevented``: only those that were refused."""

    def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not prevented and isinstance(sql, str):
            for address in foreign_links(sql, params, connection.settings_dict):
                access_reports.report_access("link", address)
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if prevented and getattr(error.__cause__, "sqlstate", None) == _CANNOT_CONNECT:
                access_reports.report_access("link", "another server", refused=True)
            raise

    if connection.vendor != "postgresql":
        yield
        return
    with connection.execute_wrapper(watch):
        yield


def foreign_links(
    sql: str, params: Any, settings: Mapping[str, Any], *, computed: bool = False
) -> Iterator[str]:
    """Yield the databases that ``sql`` lets the server connect to, except sandboxes.

    ``settings`` are those of the connection: what names no host leads to its server. ``computed``: a
    statement around this one uses the name of the current database.
    """
    tokens = _tokens(sql)
    words = [text.lower() for _, text in tokens]
    computed = computed or "current_database" in words
    texts = [text.strip("$") for kind, text in tokens if kind in _STRINGS]
    for body in texts:
        yield from foreign_links(body, (), settings, computed=computed)
    found: list[Parameters] = []
    if any(word in _CONNECTING_FUNCTIONS and following == "(" for word, following in pairwise(words)):
        texts += [value for value in _values(params) if isinstance(value, str)]
        found += map(_parameters, texts) if texts else [{"host": ""}]
    if any(word in {"create", "alter"} and following == "server" for word, following in pairwise(words)):
        found.append(_options(tokens))
    addresses = (_foreign(parameters, settings, computed=computed) for parameters in found)
    yield from (address for address in addresses if address is not None)


def _tokens(sql: str) -> list[tuple[str, str]]:
    """Return type and text of each token; empty if ``sql`` lets no server connect, or is malformed."""
    if not any(word in sql.lower() for word in _WORDS):
        return []
    from sqlglot import tokenize
    from sqlglot.errors import TokenError

    try:
        return [(token.token_type.name, token.text) for token in tokenize(sql, read="postgres")]
    except TokenError:
        # The server raises the error itself.
        return []


def _values(params: Any) -> list[Any]:
    if isinstance(params, Mapping):
        return list(params.values())
    return list(params) if isinstance(params, list | tuple) else []


def _parameters(text: str) -> Parameters:
    """Return the parameters of a connection string, or of a part of one; empty if ``text`` is none."""
    if "=" not in text and "://" not in text:
        return {}
    try:
        return {key: str(value) for key, value in conninfo_to_dict(text.strip()).items()}
    except psycopg.ProgrammingError:
        return {}


def _options(tokens: list[tuple[str, str]]) -> Parameters:
    """Return the options of a foreign server that are about a connection; empty if they are computed."""
    return {
        name.lower(): value if kind in _STRINGS else ""
        for (_, name), (kind, value) in pairwise(tokens)
        if name.lower() in _OPTIONS
    }


def _foreign(parameters: Parameters, settings: Mapping[str, Any], *, computed: bool) -> str | None:
    """Return the database that ``parameters`` lead to unless it is a sandbox, by the current one's name."""
    elsewhere = {"host", "hostaddr", "service"} & parameters.keys()
    if any(not parameters[key] for key in elsewhere):
        return UNKNOWN
    name = parameters.get("dbname", "")
    if not name and computed:
        name = str(settings["NAME"])
    if not name:
        return UNKNOWN if elsewhere or "dbname" in parameters else None
    target = ConnectionTarget(
        "postgresql",
        name,
        parameters.get("host", "") if elsewhere else str(settings["HOST"]),
        parameters.get("port", "") or str(settings["PORT"]),
        parameters.get("hostaddr", ""),
        parameters.get("service", ""),
    )
    return None if refuse_driver_connections.is_allowed(target) else target.description
