"""Find secrets: values of settings and variables by their names, and passwords in URLs."""

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
"""Names of settings and variables that hold secrets. PWD alone is the shell's working folder."""
_TABLES = re.compile(r"(SECRETS|PASSWORDS|TOKENS|CREDENTIALS?)$", re.IGNORECASE)
"""Names of mappings whose values are all secrets."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?P<netloc>[^\s/?#]*)", re.IGNORECASE)
_ASSIGNED = re.compile(r"([\w-]+)=('(?:\\.|[^'\\])*'|[^\s&'\"#]+)")
"""A parameter of a URL, or a keyword of a libpq connection string."""
_SHORTEST_LINE = 8


def secrets_in_mapping(named: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets in ``named`` values (settings, an environment): by name, and passwords in URLs.

    Yields plain ``str`` objects, also for subclasses of ``str``. A value that cannot be read, such as a lazy
    object that raises, is skipped.
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
        return secrets_in_mapping(
            {f"{key}_{name}" if every else str(key): item for key, item in value.items()}
        )
    if issubclass(kind, list | tuple | set | frozenset):
        return (secret for item in value for secret in _of_value(name, item))
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
    """Return the secrets in the text of an object, such as a lazy string."""
    try:
        text = str(value)
    except Exception:
        # Whatever would print it meets the same.
        return ()
    return tuple(_of_text(name, text))


def as_plain_str(value: str | bytes | bytearray) -> str:
    """Convert ``value`` to a plain ``str``, also from subclasses."""
    if isinstance(value, str):
        return str.__str__(value)
    return bytes(value).decode("utf-8", "backslashreplace")


def passwords_in_url(text: str) -> Iterator[str]:
    """Yield the passwords of URLs and connection strings in ``text``, both encoded and decoded.

    For a URL whose password is not percent-encoded, each piece of the password is yielded.
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
