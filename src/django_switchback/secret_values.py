"""Which values are secrets: those of settings and variables that are called so, and passwords in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

_KINDS = (
    "SECRETS?|PASSWORDS?|PASSWD|PASSPHRASES?|PASS|_PWD|TOKENS?|KEYS?|FALLBACKS|DSNS?|AUTH|SALTS?|CREDENTIALS?"
    "|PEM"
)
_QUALIFIED = (
    "BASE|OLD|NEW|PREVIOUS|CURRENT|DEFAULT|LIVE|TEST|PROD|PRODUCTION|STAGING|DEV|VALUE|STRING|TEXT|JSON|BYTES"
    r"|HEX|B64|BASE64|\d+"
)
_NAMED = re.compile(rf"({_KINDS})(_?({_QUALIFIED}))*$", re.IGNORECASE)
"""How settings and variables that hold a secret are called. PWD alone is the working folder of a shell."""
_TABLES = re.compile(r"(SECRETS|PASSWORDS|TOKENS|CREDENTIALS?)$", re.IGNORECASE)
"""How mappings are called whose every value is one."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?P<netloc>[^\s/?#]*)", re.IGNORECASE)
_ASSIGNED = re.compile(r"([\w-]+)=('(?:\\.|[^'\\])*'|[^\s&'\"#]+)")
"""A parameter of a URL, or a keyword of a connection string of libpq's."""
_SHORTEST_LINE = 8


def secrets_in_mapping(named: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets among ``named`` values (settings, an environment): by name, and passwords in URLs.

    What is yielded is ``str`` itself, whatever class of text a value has. A value that cannot be read, such
    as a lazy one that raises, is none.
    """
    for name, value in named.items():
        yield from _of_value(name, value)


def _of_value(name: str, value: Any) -> Iterable[str]:
    # NOTE: of the type, since isinstance() makes a lazy object what it stands for.
    kind = type(value)
    if issubclass(kind, str | bytes | bytearray):
        return _of_text(name, value)
    if issubclass(kind, Mapping):
        every = _TABLES.search(name)
        return secrets_in_mapping({f"{key}_{name}" if every else str(key): one for key, one in value.items()})
    if issubclass(kind, list | tuple | set | frozenset):
        return (secret for one in value for secret in _of_value(name, one))
    if value is None or issubclass(kind, bool | int | float | type) or not _NAMED.search(name):
        return ()
    return _of_object(name, value)


def _of_text(name: str, value: str | bytes | bytearray) -> Iterator[str]:
    text = as_plain_str(value)
    if _NAMED.search(name):
        yield text
        if not isinstance(value, str):
            yield repr(bytes(value))[2:-1]
        lines = text.splitlines()
        if len(lines) > 1:
            # A message may show one line of a key.
            stripped = (line.strip() for line in lines)
            yield from (line for line in stripped if len(line) >= _SHORTEST_LINE and line[:5] != "-----")
    yield from passwords_in_url(text)


def _of_object(name: str, value: object) -> Iterable[str]:
    """Return the secrets of an object that is a text when it is asked for one, as lazy ones are."""
    try:
        text = str(value)
    except Exception:
        # Whatever would print it meets the same.
        return ()
    return tuple(_of_text(name, text))


def as_plain_str(value: str | bytes | bytearray) -> str:
    """Return ``value`` as ``str`` itself, of whatever class derived from it it is."""
    if isinstance(value, str):
        return str.__str__(value)
    return bytes(value).decode("utf-8", "backslashreplace")


def passwords_in_url(text: str) -> Iterator[str]:
    """Yield the passwords in ``text`` where it holds URLs or connection strings, as they stand and are meant.

    A URL whose password is not percent-encoded tells the password in pieces, each of which is a secret.
    """
    for match in _URL.finditer(text):
        rest = text[match.end() :].partition("\n")[0]
        for password in _of_netloc(match["netloc"], rest):
            yield from dict.fromkeys((password, unquote(password)))
    for name, value in _ASSIGNED.findall(text) if "=" in text else ():
        if _NAMED.search(name):
            bare = value[1:-1] if value.startswith("'") else value
            yield from dict.fromkeys((bare, unquote(bare), unquote_plus(bare)))


def _of_netloc(netloc: str, rest: str) -> Iterator[str]:
    user, at, _ = netloc.rpartition("@")
    if at:
        yield from filter(None, [user.partition(":")[2]])
        return
    beginning, _, port = netloc.partition(":")
    if "@" not in rest or not port or port.isdigit() or beginning.startswith("["):
        return
    password = port + rest.rpartition("@")[0]
    yield password
    yield from filter(None, re.split(r"[\s/?#@]+", password))
