"""Mask passwords and keys in texts before they are recorded."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any, Literal, TypeVar, get_origin
from urllib.parse import quote, quote_plus

import msgspec

from django_switchback.evidence import MigrationName
from django_switchback.secret_values import passwords_in_url, secrets_in_mapping

__all__ = ["MASK", "Redactor", "passwords_in_url", "secrets_in_mapping"]

T = TypeVar("T", bound=msgspec.Struct)

MASK = "***"
_SHORTEST = 4
_WORD = 8
"""Minimum length of an all-letters or all-digits secret that is masked within longer words too."""
_COMMON = frozenset(
    {"postgres", "postgresql", "password", "sqlite", "django", "true", "false", "none", "test"}
)
"""Common words that are not masked: messages would be unreadable without them."""
_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s'\"]+@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"""(passw(?:or)?d['"]?\s*[:=]\s*)(?!(?:None|null)\b)"""
    r"""(?:(?P<quote>['"])(?:\\.|(?!(?P=quote)).)*(?P=quote)|['"]?[^\s'",;)]+)""",
    re.IGNORECASE | re.DOTALL,
)
"""Keeps quotes: the text may be Python or JSON that is parsed later."""
_FRAME = re.compile(r'^ *(?:[|+] *)?File "', re.MULTILINE)
"""Start of a frame in a traceback."""
_TELLING = re.compile(
    r"(?:secret|passw|passphrase|pwd|token|key|dsn|auth|salt|credential|pem)\w*['\"\]]*\s*(?::[^=\n]+)?[=:(]",
    re.IGNORECASE,
)
"""A line of source that assigns to a name of a secret."""
_LITERAL = re.compile(r"""('{3}|"{3}|['"])(?:\\.|(?!\1).)*(\1|$)""", re.MULTILINE)
_IDENTIFYING = frozenset({"database", "part"})


class Redactor:
    """Masks ``secrets`` in texts, and unknown passwords by their context."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        telling = {secret for secret in secrets if len(secret) >= _SHORTEST and secret.lower() not in _COMMON}
        self.secrets = tuple(sorted(telling, key=lambda text: (-len(text), text)))
        spelled = dict.fromkeys(word for secret in self.secrets for word in _spellings(secret))
        longest = sorted(spelled, key=len, reverse=True)
        self._known = re.compile("|".join(map(_pattern, longest))) if longest else None

    def text(self, text: str) -> str:
        """Replace secrets in ``text`` by asterisks."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _URL.sub(rf"\1{MASK}@", text)
        return _ASSIGNED.sub(rf"\1\g<quote>{MASK}\g<quote>", text)

    def traceback(self, text: str) -> str:
        """Mask a traceback as :meth:`text` does, and literals in source lines that assign secrets.

        A setting that raises while it is evaluated has no value yet that could be known as a secret.
        """
        starts = [match.start() for match in _FRAME.finditer(text)]
        bounds = [0, *starts, len(text)]
        parts = [text[begin:end] for begin, end in pairwise(bounds)]
        return self.text("".join(parts[:1] + [_without_literals(part) for part in parts[1:]]))

    def record(self, record: T) -> T:
        """Return ``record`` with masked texts, except identifying fields."""
        changed = {
            name: new
            for name in _fields_with_text(type(record))
            if (new := self._field(name, old := getattr(record, name))) is not old
        }
        return msgspec.structs.replace(record, **changed) if changed else record

    def _field(self, name: str, value: Any) -> Any:
        if name == "traceback" and isinstance(value, str):
            cleaned = self.traceback(value)
            return value if cleaned == value else cleaned
        return self._value(value)

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                cleaned = self.text(value)
                return value if cleaned == value else cleaned
            case MigrationName():
                return value
            case msgspec.Struct():
                return self.record(value)
            case tuple() if value:
                return tuple(map(self._value, value))
            case dict() if value:
                return {key: self._value(item) for key, item in value.items()}
        return value


@cache
def _fields_with_text(record_type: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the names of the fields that may hold text of the project, without identifying ones."""
    return tuple(
        field.name
        for field in msgspec.structs.fields(record_type)
        if field.name not in _IDENTIFYING and get_origin(field.type) is not Literal
    )


def _spellings(secret: str) -> tuple[str, ...]:
    """Return ``secret`` as it is, without a leading ``$``, and as escaped in URLs, Python, JSON and HTML.

    django-environ takes a value that begins with ``$`` for the name of another variable, and says that name.
    """
    name = secret.removeprefix("$")
    return (
        secret,
        *([name] if len(name) >= _SHORTEST else []),
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
    )


def _pattern(spelled: str) -> str:
    """Return a regular expression for ``spelled``.

    A short plain word matches whole words only, so that longer names remain readable.
    """
    word = re.escape(spelled)
    plain = spelled.isdigit() or (spelled.isalpha() and (spelled.islower() or spelled.isupper()))
    return rf"(?<!\w){word}(?!\w)" if plain and len(spelled) < _WORD else word


def _without_literals(frame: str) -> str:
    """Mask the literals in the source of a traceback frame if it assigns a secret."""
    place, newline, source = frame.partition("\n")
    lines = source.splitlines(keepends=True)
    # What stands further to the left is the message of the exception, or the beginning of the next one.
    length = next((number for number, line in enumerate(lines) if not line.startswith((" ", "|", "+"))), None)
    shown = "".join(lines[:length])
    if not _TELLING.search(shown):
        return frame
    hidden = _LITERAL.sub(rf"\g<1>{MASK}\g<2>", shown)
    return f"{place}{newline}{hidden}{''.join(lines[length:] if length is not None else [])}"
