"""Text of every sort that a field class or its validators ask for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.worker.seed.values import words
from django_switchback.worker.seed.values.regex import text_matching
from django_switchback.worker.seed.values.request import ValueRequest

_SHORT = 40
_ENDLESS = 4000
"""How long the longest text is where the column sets no limit."""


def text(ask: ValueRequest) -> str:
    """Return text for a column that says nothing more of itself than its name and length."""
    if isinstance(ask.field, models.TextField) and words.names_document(ask.field.name):
        return words.document(ask.rng, ask.number)  # NOTE: other text an application would not have written
    match ask.profile:
        case "low" if not ask.unique:
            return ""
        case "low":
            return words.base36(ask.number)
        case "high":
            return words.longest(ask.limit or _ENDLESS, words.base36(ask.number) if ask.unique else "")
        case "odd":
            return _cut(ask, f"{words.ODD}{words.base36(ask.number)}" if ask.unique else words.ODD)
    return next(filter(lambda made: _accepted(ask, made), _candidates(ask)), _plain(ask))


def _cut(ask: ValueRequest, made: str) -> str:
    return words.shortened(made, ask.limit, unique=ask.unique, turn=ask.number)


def _plain(ask: ValueRequest) -> str:
    return _cut(ask, words.by_name(ask.field.name, ask.rng, ask.number))


def _candidates(ask: ValueRequest) -> Iterator[str]:
    yield _plain(ask)
    for validator in ask.field.validators:
        if isinstance(validator, validators.RegexValidator):
            regex: Any = validator.regex
            made = text_matching(regex.pattern, regex.flags, ask.rng)
            if made is not None and not validator.inverse_match:
                yield made
    chance, turn = ask.rng, ask.number
    for made in (
        words.slug(chance, turn),
        words.word(chance),
        words.e_mail(chance, turn),
        words.url(chance, turn),
        words.phone(chance, turn),
        f"{turn + 1}",
        f"192.0.2.{turn % 250 + 1}",
        f"{words.word(chance)}.example.org",
        f"{turn + 1},{turn + 2}",
    ):
        yield _cut(ask, made)


def _accepted(ask: ValueRequest, made: str) -> bool:
    try:
        ask.field.run_validators(made)
    except ValidationError:
        return False
    except Exception:  # a validator of theirs that breaks has refused nothing
        return True
    return True


def slug(ask: ValueRequest) -> str:
    """Return a slug."""
    return _shaped(ask, words.slug(ask.rng, ask.number), "x")


def e_mail(ask: ValueRequest) -> str:
    """Return an e-mail address."""
    return _shaped(ask, words.e_mail(ask.rng, ask.number), "@example.org")


def url(ask: ValueRequest) -> str:
    """Return an address on the web."""
    return _shaped(ask, words.url(ask.rng, ask.number), "/")


def _shaped(ask: ValueRequest, typical: str, end: str) -> str:
    mark = words.base36(ask.number)
    match ask.profile:
        case "low" if not ask.unique:
            return ""
        case "high" if ask.limit and ask.limit > _SHORT:
            start = "https://example.org/" if end == "/" else ""
            return start + words.longest(ask.limit - len(start) - len(end), mark) + end
    if ask.limit is not None and len(typical) > ask.limit and end == "@example.org":
        typical = f"{mark}@b.co"
    return _cut(ask, typical)


def address(ask: ValueRequest) -> str:
    """Return an IP address of the protocol that the field wants."""
    protocol = str(getattr(ask.field, "protocol", "ipv4")).lower()
    if protocol == "ipv6" or (protocol == "both" and ask.profile in ("high", "odd")):
        return f"2001:db8::{ask.number % 65535 + 1:x}"
    return f"192.0.{2 + ask.number // 250 % 250}.{ask.number % 250 + 1}"


def file(ask: ValueRequest) -> str:
    """Return a relative file name; no file is written."""
    if ask.profile == "low" and not ask.unique:
        return ""
    folder = ask.field.upload_to if isinstance(getattr(ask.field, "upload_to", None), str) else ""  # type: ignore[attr-defined] # looked for just before
    if "%" in folder:
        folder = "2024/03"
    suffix = ".png" if "image" in type(ask.field).__name__.lower() else ".txt"
    name = f"{folder.strip('/') or 'files'}/{words.slug(ask.rng, ask.number)}"
    if ask.profile == "high" and ask.limit:
        return words.longest(ask.limit - len(suffix), words.base36(ask.number)) + suffix
    return words.shortened(name, (ask.limit or 100) - len(suffix), unique=True, turn=ask.number) + suffix


def binary(ask: ValueRequest) -> bytes:
    """Return bytes, every one of the 256 among the odd ones."""
    match ask.profile:
        case "low" if not ask.unique:
            return b""
        case "odd":
            made = words.base36(ask.number).encode() + bytes(range(256))
        case "high":
            made = words.longest(ask.limit or _ENDLESS, words.base36(ask.number)).encode()
        case _:
            made = words.sentence(ask.rng, ask.number).encode()
    return made[: ask.limit]


def identity(ask: ValueRequest) -> uuid.UUID:
    """Return a UUID of version 4 in form."""
    return uuid.UUID(int=ask.rng.getrandbits(128), version=4)
