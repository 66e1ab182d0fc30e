"""Formats that values of a column may have: those of programs, such as JSON, and those that people type."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

from django_switchback.worker.seed.values import words


class TextFormat(NamedTuple):
    """A format of values by name; ``typed``: people type it, so that others may type something else there."""

    name: str
    typed: bool
    make: Callable[[Random, int], Any]
    """Makes text, or a document for a JSON column."""


WrittenColumn: TypeAlias = tuple[Literal["before", "after"], str, str]
"""When a row is written, before the target or after it; its table and column."""
TextFormats: TypeAlias = Mapping[WrittenColumn, TextFormat]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_parts(separator: str, number: int, within: str = "") -> Iterator[TextFormat]:
    """Yield the formats of text in a number of parts, as the code takes it apart.

    With ``within``, each part is a pair with that in between.
    """
    if within:
        pair = partial(_joined, within, 2, words.slug)
        yield TextFormat(
            f"{number} pairs such as a{within}b with {separator!r} between",
            typed=False,
            make=partial(_joined, separator, number, pair),
        )
    for name, part in (("numbers", lambda rng, index: str(index + 1)), ("words", words.slug)):
        yield TextFormat(
            f"{number} {name} with {separator!r} between",
            typed=False,
            make=partial(_joined, separator, number, part),
        )


def _joined(separator: str, number: int, part: Callable[[Random, int], str], rng: Random, index: int) -> str:
    parts = (part(rng, index + place).replace(separator, "") for place in range(number))
    return separator.join(parts)


LITERAL = TextFormat(
    "a Python literal", typed=False, make=lambda rng, number: repr({words.word(rng): number})
)


def _day(number: int) -> date:
    return date(2024, 3, 5) + timedelta(days=number)


def by_format(text: str) -> TextFormat:
    """Return the format of a date or time in a format of ``strptime``."""
    return TextFormat(
        f"a date or time such as {_moment(0).strftime(text)}",
        typed=False,
        make=lambda rng, number: _moment(number).strftime(text),
    )


def _moment(number: int) -> datetime:
    return datetime(2024, 3, 5, 9, number % 60) + timedelta(days=number)


TEXT_FORMATS = (
    TextFormat("a JSON object", typed=False, make=words.document),
    TextFormat("a JSON list", typed=False, make=lambda rng, number: f'["{words.word(rng)}", "{number}"]'),
    TextFormat("a JSON text", typed=False, make=lambda rng, number: f'"{words.slug(rng, number)}"'),
    TextFormat("base64 of text", typed=False, make=lambda rng, number: _base64(words.sentence(rng, number))),
    TextFormat("base64 of JSON", typed=False, make=lambda rng, number: _base64(words.document(rng, number))),
    TextFormat("a number", typed=True, make=lambda rng, number: str(number + 1)),
    TextFormat("a date", typed=True, make=lambda rng, number: _day(number).isoformat()),
    TextFormat(
        "a date and time",
        typed=True,
        make=lambda rng, number: datetime(2024, 3, 5, 9, number % 60).isoformat(),
    ),
    TextFormat(
        "a UUID", typed=True, make=lambda rng, number: str(uuid.UUID(int=rng.getrandbits(128), version=4))
    ),
    TextFormat("an IP address", typed=True, make=lambda rng, number: f"192.0.2.{number % 250 + 1}"),
)
"""In the order in which they are tried: any number is JSON, too."""
