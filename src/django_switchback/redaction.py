"""What must not be told: passwords and keys, taken out of every text before it goes on record."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
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
"""Letters, or digits, from which on a secret of nothing else is looked for within longer words too."""
_COMMON = frozenset(
    {"postgres", "postgresql", "password", "sqlite", "django", "true", "false", "none", "test"}
)
"""Passwords that everybody knows; without these words no message can be read."""
_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s'\"]+@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"""(passw(?:or)?d['"]?\s*[:=]\s*)(?!(?:None|null)\b)"""
    r"""(?:(?P<quote>['"])(?:\\.|(?!(?P=quote)).)*(?P=quote)|['"]?[^\s'",;)]+)""",
    re.IGNORECASE | re.DOTALL,
)
"""What is quoted stays so: the text may be Python or JSON that somebody goes on to use."""
_FRAME = re.compile(r'^ *(?:[|+] *)?File "', re.MULTILINE)
"""Where a traceback goes on to the next place in the source."""
_TELLING = re.compile(
    r"(?:secret|passw|passphrase|pwd|token|key|dsn|auth|salt|credential|pem)\w*['\"\]]*\s*(?::[^=\n]+)?[=:(]",
    re.IGNORECASE,
)
"""A line of source that gives a value to what is called as a secret is."""
_LITERAL = re.compile(r"""('{3}|"{3}|['"])(?:\\.|(?!\1).)*(\1|$)""", re.MULTILINE)
_IDENTIFYING = frozenset({"database", "part"})


class Redactor:
    """Takes ``secrets`` out of texts, and whatever stands where passwords stand, known or not."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        telling = {secret for secret in secrets if len(secret) >= _SHORTEST and secret.lower() not in _COMMON}
        self.secrets = tuple(sorted(telling, key=lambda text: (-len(text), text)))
        spelled = dict.fromkeys(word for secret in self.secrets for word in _spellings(secret))
        longest = sorted(spelled, key=len, reverse=True)
        self._known = re.compile("|".join(map(_pattern, longest))) if longest else None

    def text(self, text: str) -> str:
        """Return ``text`` with asterisks in the place of secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _URL.sub(rf"\1{MASK}@", text)
        return _ASSIGNED.sub(rf"\1\g<quote>{MASK}\g<quote>", text)

    def traceback(self, text: str) -> str:
        """Return a traceback as :meth:`text` does, without literals of source lines that may be secrets.

        What raises while a setting is made has not become its value: nobody knows it as a secret.
        """
        starts = [match.start() for match in _FRAME.finditer(text)]
        bounds = [0, *starts, len(text)]
        parts = [text[begin:end] for begin, end in pairwise(bounds)]
        return self.text("".join(parts[:1] + [_without_literals(part) for part in parts[1:]]))

    def record(self, record: T) -> T:
        """Return ``record`` with its free texts redacted; what identifies something stays."""
        changed = {
            field.name: new
            for field in msgspec.structs.fields(record)
            if field.name not in _IDENTIFYING and get_origin(field.type) is not Literal
            if (new := self._field(field.name, old := getattr(record, field.name))) is not old
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
                return {key: self._value(one) for key, one in value.items()}
        return value


def _spellings(secret: str) -> tuple[str, ...]:
    """Return how texts may spell ``secret``: as it is, and as URLs, Python, JSON and HTML write it."""
    return (
        secret,
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
    )


def _pattern(spelled: str) -> str:
    """Return the pattern of ``spelled``, wherever it stands.

    A short plain word counts on its own alone: as a part of others it would make names unreadable.
    """
    word = re.escape(spelled)
    plain = spelled.isdigit() or (spelled.isalpha() and (spelled.islower() or spelled.isupper()))
    return rf"(?<!\w){word}(?!\w)" if plain and len(spelled) < _WORD else word


def _without_literals(frame: str) -> str:
    """Return one place of a traceback with the literals of its source hidden if it names a secret."""
    place, newline, source = frame.partition("\n")
    lines = source.splitlines(keepends=True)
    # What stands further to the left is the message of the exception, or the beginning of the next one.
    length = next((number for number, line in enumerate(lines) if not line.startswith((" ", "|", "+"))), None)
    shown = "".join(lines[:length])
    if not _TELLING.search(shown):
        return frame
    hidden = _LITERAL.sub(rf"\g<1>{MASK}\g<2>", shown)
    return f"{place}{newline}{hidden}{''.join(lines[length:] if length is not None else [])}"
