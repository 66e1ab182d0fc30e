"""What must not be told: passwords and keys, taken out of every text before it goes on record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar, get_origin
from urllib.parse import quote, unquote, urlsplit

import msgspec

from django_switchback.evidence import MigrationName

T = TypeVar("T", bound=msgspec.Struct)

STARS = "***"
_NAMED = re.compile(r"(SECRET|PASSWORD|PASSWD|TOKEN|KEY|KEYS|FALLBACKS)$", re.IGNORECASE)
"""How settings and variables that hold a secret are called."""
_SHORTEST = 4
_COMMON = frozenset(
    {"postgres", "postgresql", "password", "sqlite", "django", "true", "false", "none", "test"}
)
"""Passwords that everybody knows; without these words no message can be read."""
_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s/'\"]+@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"""(passw(?:or)?d['"]?\s*[:=]\s*)(?!(?:None|null)\b)"""
    r"""(?:(?P<quote>['"])(?:\\.|(?!(?P=quote)).)*(?P=quote)|['"]?[^\s'",;)]+)""",
    re.IGNORECASE | re.DOTALL,
)
"""What is quoted stays so: the text may be Python or JSON that somebody goes on to use."""
_IDENTIFYING = frozenset({"database", "part"})


class Redactor:
    """Takes ``secrets`` out of texts, and whatever stands where passwords stand, known or not."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        telling = {one for one in secrets if len(one) >= _SHORTEST and one.lower() not in _COMMON}
        self.secrets = tuple(sorted(telling, key=lambda one: (-len(one), one)))
        spelled = [
            word
            for one in self.secrets
            for word in dict.fromkeys((one, quote(one, safe=""), repr(one)[1:-1]))
        ]
        self._known = (
            re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in spelled)) if spelled else None
        )

    def text(self, text: str) -> str:
        """Return ``text`` with asterisks in the place of secrets."""
        if self._known is not None:
            text = self._known.sub(STARS, text)
        text = _URL.sub(rf"\1{STARS}@", text)
        return _ASSIGNED.sub(rf"\1\g<quote>{STARS}\g<quote>", text)

    def record(self, record: T) -> T:
        """Return ``record`` with its free texts redacted; what identifies something stays."""
        changed = {
            field.name: new
            for field in msgspec.structs.fields(record)
            if field.name not in _IDENTIFYING and get_origin(field.type) is not Literal
            if (new := self._value(old := getattr(record, field.name))) is not old
        }
        return msgspec.structs.replace(record, **changed) if changed else record

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


def of_mapping(named: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets among ``named`` values (settings, an environment): by name, and passwords in URLs."""
    for name, value in named.items():
        match value:
            case str():
                if _NAMED.search(name):
                    yield value
                yield from of_url(value)
            case Mapping():
                yield from of_mapping({str(key): one for key, one in value.items()})
            case list() | tuple() | set():
                for one in value:
                    yield from of_mapping({name: one})


def of_url(text: str) -> Iterator[str]:
    """Yield the password in ``text`` if it is a URL, as it stands there and as it is meant."""
    if "://" not in text:
        return
    try:
        password = urlsplit(text).password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))
