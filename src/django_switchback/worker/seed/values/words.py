"""Plain text: plausible values by column name, and extremes of text."""

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

UNUSUAL_TEXT = "\U0001d518n\u0131c\u00f6de \U0001f600 \u202e'\"\\%_;-- <b>&amp;"


def base36(number: int) -> str:
    """Return ``number`` in base 36."""
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = _ALPHABET[rest] + digits
    return digits


def word(rng: Random) -> str:
    """Return one lower-case word."""
    return rng.choice(_WORDS)


def slug(rng: Random, index: int) -> str:
    """Return a slug that is unique to ``index``."""
    return f"{word(rng)}-{word(rng)}-{base36(index)}"


def in_mixed_case(text: str, index: int) -> str:
    """Return ``text``, in every third row with a capital: a migration to lower case has something to do."""
    return text if index % 3 else text.capitalize()


def sentence(rng: Random, index: int) -> str:
    """Return a short text that is unique to ``index``."""
    return f"{word(rng).capitalize()} {word(rng)} by the {word(rng)} {index + 1}"


def e_mail(rng: Random, index: int) -> str:
    """Return an e-mail address in a domain reserved for examples."""
    return in_mixed_case(f"{word(rng)}.{base36(index)}@example.org", index)


def url(rng: Random, index: int) -> str:
    """Return a URL in a domain reserved for examples."""
    return f"https://example.org/{slug(rng, index)}"


def phone(rng: Random, index: int) -> str:
    """Return an international phone number from a range reserved for fiction."""
    return f"+1202555{100 + index % 100:04d}"


def code(rng: Random, index: int) -> str:
    """Return a short code that is unique to ``index``."""
    return in_mixed_case(f"{word(rng)}{index:03d}", index)


def _hash(rng: Random, index: int) -> str:
    return f"{rng.getrandbits(120):030x}{index % 256**3:010x}"


def _language(index: int) -> str:
    round_number, rest = divmod(index, len(_LANGUAGES))
    return f"{_LANGUAGES[rest]}-{_letters(round_number, 2).lower()}" if round_number else _LANGUAGES[rest]


def _code(codes: tuple[str, ...], index: int) -> str:
    """Return a code of ``codes``, then made-up codes of the same length."""
    return codes[index] if index < len(codes) else _letters(index, len(codes[0]))


def _letters(number: int, count: int) -> str:
    return "".join(string.ascii_uppercase[number // 26**place % 26] for place in reversed(range(count)))


_BY_NAME: tuple[tuple[tuple[str, ...], Callable[[Random, int], str]], ...] = (
    (("slug",), lambda rng, index: in_mixed_case(slug(rng, index), index)),
    (("email", "e_mail"), e_mail),
    (("phone", "mobile"), phone),
    (("hostname", "domain"), lambda rng, index: f"{word(rng)}-{base36(index)}.example.org"),
    (("url_path", "old_path"), lambda rng, index: f"/{slug(rng, index)}/"),
    (("url", "link", "website", "homepage"), url),
    (("hash", "checksum", "digest", "token", "session_key"), _hash),
    (("language", "locale", "lang"), lambda rng, index: _language(index)),
    (("country",), lambda rng, index: _code(_COUNTRIES, index)),
    (("currency",), lambda rng, index: _code(_CURRENCIES, index)),
    (("timezone", "time_zone"), lambda rng, index: item_at(_ZONES, index)),
    (("color", "colour"), lambda rng, index: f"#{rng.getrandbits(24):06x}"),
    (("uuid", "guid"), lambda rng, index: f"{rng.getrandbits(128):032x}"),
    (("username", "login"), lambda rng, index: in_mixed_case(f"{word(rng)}{index}", index)),
    (("author", "full_name", "contact"), lambda rng, index: item_at(_NAMES, index)),
    (("first_name",), lambda rng, index: item_at(_NAMES, index).split()[0]),
    (("last_name", "surname"), lambda rng, index: item_at(_NAMES, index).split()[1]),
    (("code", "codename", "sku", "upc", "ref", "key"), code),
    (("number",), lambda rng, index: f"{10000 + index}"),
    (("ip", "ip_address", "ip_addr"), lambda rng, index: f"192.0.2.{index % 250 + 1}"),
    (("path", "file", "filename"), lambda rng, index: f"{word(rng)}/{slug(rng, index)}"),
)


_DOCUMENTS = ("json", "data", "payload", "metadata", "options", "config", "extra")


def names_document(name: str) -> bool:
    """Return whether a text column called ``name`` is likely to contain JSON."""
    return any(_fits(name.lower(), part) for part in _DOCUMENTS)


def document(rng: Random, index: int) -> str:
    """Return a small JSON object."""
    return f'{{"name": "{word(rng)}", "number": {index}}}'


def _fits(name: str, part: str) -> bool:
    return name == part or name.endswith(f"_{part}") or name.startswith(f"{part}_") or f"_{part}_" in name


def by_name(name: str, rng: Random, index: int) -> str:
    """Return a plausible value for a column called ``name``; a sentence if the name is not known."""
    return _maker(name.lower())(rng, index)


@cache
def _maker(name: str) -> Callable[[Random, int], str]:
    fitting = (make for parts, make in _BY_NAME if any(_fits(name, part) for part in parts))
    return next(fitting, sentence)


def shortened(text: str, limit: int | None, *, unique: bool, index: int) -> str:
    """Return ``text`` within ``limit`` characters; ``unique`` keeps the suffix unique to ``index``."""
    if limit is None or len(text) <= limit:
        return text
    if not unique:
        return text[:limit].rstrip(" -.") or text[:limit]
    suffix = base36(index)[-limit:]
    return text[: limit - len(suffix)] + suffix


def longest(limit: int, prefix: str) -> str:
    """Return exactly ``limit`` characters that begin with ``prefix``."""
    return (prefix + "abcdefghij" * (limit // 10 + 1))[:limit]
