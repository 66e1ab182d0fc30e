"""Plain text: what people write into columns of a given name, and the extremes of text."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import cache
from random import Random

from django_switchback.worker.seed.values.rng import item_at

_WORDS = (
    "harbour", "lantern", "meadow", "copper", "violet", "orchard", "granite", "willow", "compass", "amber",
    "market", "garden", "winter", "station", "letter", "river", "summit", "cotton", "silver", "bridge",
)  # fmt: skip
_NAMES = ("Ada Novak", "Jonas Meyer", "Lucía Ortega", "Kofi Mensah", "Mei Tanaka", "Søren Dahl", "Priya Nair")
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "fi")
_COUNTRIES = ("DE", "FR", "ES", "GB", "JP", "NO", "IN", "GH")
_CURRENCIES = ("EUR", "GBP", "USD", "JPY", "SEK")
_ZONES = ("UTC", "Europe/Berlin", "Asia/Tokyo", "America/Lima")
_ALPHABET = string.digits + string.ascii_lowercase

ODD = "\U0001d518n\u0131c\u00f6de \U0001f600 \u202e'\"\\%_;-- <b>&amp;"


def base36(number: int) -> str:
    """Return ``number`` in the shortest digits and letters."""
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = _ALPHABET[rest] + digits
    return digits


def word(chance: Random) -> str:
    """Return one lower-case word."""
    return chance.choice(_WORDS)


def slug(chance: Random, turn: int) -> str:
    """Return a slug that no other turn gives."""
    return f"{word(chance)}-{word(chance)}-{base36(turn)}"


def sentence(chance: Random, turn: int) -> str:
    """Return a short text that no other turn gives."""
    return f"{word(chance).capitalize()} {word(chance)} by the {word(chance)} {turn + 1}"


def e_mail(chance: Random, turn: int) -> str:
    """Return an address under a name reserved for examples."""
    return f"{word(chance)}.{base36(turn)}@example.org"


def url(chance: Random, turn: int) -> str:
    """Return an address under a name reserved for examples."""
    return f"https://example.org/{slug(chance, turn)}"


def phone(chance: Random, turn: int) -> str:
    """Return a number in international form, from a range set aside for fiction."""
    return f"+1202555{100 + turn % 100:04d}"


def _hash(chance: Random, turn: int) -> str:
    return f"{chance.getrandbits(120):030x}{turn % 256**3:010x}"


def _language(turn: int) -> str:
    at, rest = divmod(turn, len(_LANGUAGES))
    return f"{_LANGUAGES[rest]}-{_letters(at, 2).lower()}" if at else _LANGUAGES[rest]


def _code(known: tuple[str, ...], turn: int) -> str:
    """Return a code that is in use, or beyond those one that might be."""
    return known[turn] if turn < len(known) else _letters(turn, len(known[0]))


def _letters(number: int, count: int) -> str:
    return "".join(string.ascii_uppercase[number // 26**place % 26] for place in reversed(range(count)))


_BY_NAME: tuple[tuple[tuple[str, ...], Callable[[Random, int], str]], ...] = (
    (("slug",), slug),
    (("email", "e_mail"), e_mail),
    (("phone", "mobile"), phone),
    (("hostname", "domain"), lambda chance, turn: f"{word(chance)}-{base36(turn)}.example.org"),
    (("url_path", "old_path"), lambda chance, turn: f"/{slug(chance, turn)}/"),
    (("url", "link", "website", "homepage"), url),
    (("hash", "checksum", "digest", "token", "session_key"), _hash),
    (("language", "locale", "lang"), lambda chance, turn: _language(turn)),
    (("country",), lambda chance, turn: _code(_COUNTRIES, turn)),
    (("currency",), lambda chance, turn: _code(_CURRENCIES, turn)),
    (("timezone", "time_zone"), lambda chance, turn: item_at(_ZONES, turn)),
    (("color", "colour"), lambda chance, turn: f"#{chance.getrandbits(24):06x}"),
    (("uuid", "guid"), lambda chance, turn: f"{chance.getrandbits(128):032x}"),
    (("username", "login"), lambda chance, turn: f"{word(chance)}{turn}"),
    (("author", "full_name", "contact"), lambda chance, turn: item_at(_NAMES, turn)),
    (("first_name",), lambda chance, turn: item_at(_NAMES, turn).split()[0]),
    (("last_name", "surname"), lambda chance, turn: item_at(_NAMES, turn).split()[1]),
    (("code", "codename", "sku", "upc", "ref", "key"), lambda chance, turn: f"{word(chance)}{turn:03d}"),
    (("number",), lambda chance, turn: f"{10000 + turn}"),
    (("ip", "ip_address", "ip_addr"), lambda chance, turn: f"192.0.2.{turn % 250 + 1}"),
    (("path", "file", "filename"), lambda chance, turn: f"{word(chance)}/{slug(chance, turn)}"),
)


_DOCUMENTS = ("json", "data", "payload", "metadata", "options", "config", "extra")


def names_document(name: str) -> bool:
    """Whether a text column called ``name`` is likely to hold JSON."""
    return any(_fits(name.lower(), part) for part in _DOCUMENTS)


def document(chance: Random, turn: int) -> str:
    """Return a small JSON object."""
    return f'{{"name": "{word(chance)}", "number": {turn}}}'


def _fits(name: str, part: str) -> bool:
    return name == part or name.endswith(f"_{part}") or name.startswith(f"{part}_") or f"_{part}_" in name


def by_name(name: str, chance: Random, turn: int) -> str:
    """Return what a column called ``name`` would plausibly hold; a sentence where the name says nothing."""
    return _maker(name.lower())(chance, turn)


@cache
def _maker(name: str) -> Callable[[Random, int], str]:
    fitting = (make for parts, make in _BY_NAME if any(_fits(name, part) for part in parts))
    return next(fitting, sentence)


def shortened(text: str, limit: int | None, *, unique: bool, turn: int) -> str:
    """Return ``text`` within ``limit`` characters; ``unique`` keeps what tells the turns apart."""
    if limit is None or len(text) <= limit:
        return text
    if not unique:
        return text[:limit].rstrip(" -.") or text[:limit]
    mark = base36(turn)[-limit:]
    return text[: limit - len(mark)] + mark


def longest(limit: int, mark: str) -> str:
    """Return exactly ``limit`` characters that begin with ``mark``."""
    return (mark + "abcdefghij" * (limit // 10 + 1))[:limit]
