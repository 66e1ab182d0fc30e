"""Guesses values in common formats, for fields that refuse the value of their Django class."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from django.db.models import Field as DjangoField

from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.values import temporal, words
from django_switchback.worker.seed.values.value_request import ValueRequest


class Guess(NamedTuple):
    """One guess: the words that name a format, and the values to try, each different for each number."""

    words: str
    """A regular expression that a refusal, a class or a column may match."""
    make: Callable[[ValueRequest], tuple[Any, ...]]


def _address(request: ValueRequest) -> tuple[Any, ...]:
    four = ipaddress.IPv4Address("10.0.0.1") + request.number % 2**16
    six = ipaddress.IPv6Address("2001:db8::1") + request.number % 2**16
    if request.profile == "low":
        four = ipaddress.IPv4Address(request.number % 2**16)
    if request.profile == "high":
        four = ipaddress.IPv4Address(2**32 - 1 - request.number % 2**16)
        six = ipaddress.IPv6Address(2**128 - 1 - request.number % 2**16)
    first, second = (six, four) if request.profile in ("high", "odd") else (four, six)
    return str(first), str(second), first.packed, second.packed, first, int(first)


def _network(request: ValueRequest) -> tuple[Any, ...]:
    network = ipaddress.ip_network(f"10.{request.number // 250 % 250}.{request.number % 250}.0/24")
    return str(network), f"{network[1]}/24", network, f"2001:db8:{request.number % 2**16:x}::/48"


def _hardware(request: ValueRequest) -> tuple[Any, ...]:
    digits = f"{0x02005E000000 + request.number:012x}"
    pairs = re.findall("..", digits)
    return ":".join(pairs), "-".join(pairs), digits


def _numbers(request: ValueRequest) -> tuple[Any, ...]:
    number = request.number + 1
    return number, str(number), Decimal(number), float(number), f"{number}.50", number % 2, number % 100 / 100


def _ranges(request: ValueRequest) -> tuple[Any, ...]:
    low = request.number * 10 + 1
    pair = (low, low + 5)
    texts = f"{low}-{low + 5}", f"{low}-{low + 3},{low + 5}", f"{low}:{low + 5}", f"[{low},{low + 5})"
    return *texts, pair, list(pair)


def _lists(request: ValueRequest) -> tuple[Any, ...]:
    rng, number = request.rng, request.number
    texts = [words.word(rng), words.slug(rng, number)]
    numbers = [number + 1, number + 2]
    return (
        texts, numbers, tuple(texts), set(texts), [{"name": texts[1], "number": number}], ",".join(texts),
        f"{number + 1},{number + 2}", json.dumps(texts), [], json.dumps([]),
    )  # fmt: skip


def _objects(request: ValueRequest) -> tuple[Any, ...]:
    value = {"name": words.slug(request.rng, request.number), "number": request.number}
    names = {"name": value["name"]}
    return value, names, {"number": request.number}, json.dumps(value), json.dumps(value).encode(), {}


def _identities(request: ValueRequest) -> tuple[Any, ...]:
    value = uuid.UUID(int=request.rng.getrandbits(128), version=4)
    return value, str(value), value.hex, value.bytes


def _moments(request: ValueRequest) -> tuple[Any, ...]:
    value = temporal.date_and_time(request._replace(profile="typical"))
    seconds = value.timestamp()
    return value, value.isoformat(), value.strftime("%Y-%m-%d %H:%M"), int(seconds), seconds


def _days(request: ValueRequest) -> tuple[Any, ...]:
    value = date(2024, 1, 1) + timedelta(days=request.number)
    month = f"{2000 + request.number // 12}-{request.number % 12 + 1:02d}"
    return value, value.isoformat(), value.strftime("%Y%m%d"), month, value.year, str(value.year)


def _times(request: ValueRequest) -> tuple[Any, ...]:
    value = time(request.number % 24, request.number * 7 % 60)
    return value, value.isoformat("minutes"), value.isoformat()


def _durations(request: ValueRequest) -> tuple[Any, ...]:
    minutes = 15 * (request.number + 1)
    return timedelta(minutes=minutes), f"PT{minutes}M", f"{minutes}m", f"{minutes}", minutes


def _addresses_on_the_web(request: ValueRequest) -> tuple[Any, ...]:
    rng, number = request.rng, request.number
    name = f"{words.word(rng)}-{words.base36(number)}.example.org"
    return words.url(rng, number), name, f"//{name}/", f"/{words.slug(rng, number)}/", f"https://{name}"


def _e_mails(request: ValueRequest) -> tuple[Any, ...]:
    address = words.e_mail(request.rng, request.number)
    return address, [address], f"{words.word(request.rng).capitalize()} <{address}>"


def _colours(request: ValueRequest) -> tuple[Any, ...]:
    # NOTE: multiplied by an odd number, all are different; none of the first rows' has a part that is zero.
    digits = f"{(request.number + 1) * 0x9E3779 % 2**24:06x}"
    parts = tuple(bytes.fromhex(digits))
    return digits, f"#{digits}", digits.upper(), f"#{digits.upper()}", f"rgb{parts}", parts


def _codes(request: ValueRequest) -> tuple[Any, ...]:
    rng, number = request.rng, request.number
    made = [
        words.by_name(name, rng, number) for name in ("country", "currency", "language", "timezone", "phone")
    ]
    return *made, f"{words.by_name('language', rng, number)}_{words.by_name('country', rng, number)}"


def _slugs(request: ValueRequest) -> tuple[Any, ...]:
    name = words.slug(request.rng, request.number)
    return name, name.replace("-", "_"), name.upper(), name.replace("-", ""), f"{name}.txt", f"files/{name}"


def _hex(request: ValueRequest) -> tuple[Any, ...]:
    value = request.rng.getrandbits(128).to_bytes(16, "big")
    return value.hex(), value, value.hex() * 2, value[:8], value[:4], f"sha256:{value.hex() * 2}"


def _versions(request: ValueRequest) -> tuple[Any, ...]:
    return f"1.{request.number}.0", f"1.{request.number}", (1, request.number, 0), f"v1.{request.number}.0"


def _points(request: ValueRequest) -> tuple[Any, ...]:
    east, north = 10 + request.number % 80 / 2, 50 + request.number % 60 / 2
    return f"{north},{east}", (north, east), [north, east], f"{north} {east}", f"POINT({east} {north})"


def _schedules(request: ValueRequest) -> tuple[Any, ...]:
    minute, hour = request.number % 60, request.number // 60 % 24
    return f"{minute} {hour} * * *", f"FREQ=DAILY;INTERVAL={request.number + 1}"


def _truths(request: ValueRequest) -> tuple[Any, ...]:
    truth = request.number % 2 == 0
    return truth, int(truth), "yes" if truth else "no", "true" if truth else "false", "Y" if truth else "N"


def _markup(request: ValueRequest) -> tuple[Any, ...]:
    name = words.slug(request.rng, request.number)
    return f"<p>{name}</p>", f"name: {name}\n", f"name = '{name}'\n", f"name={name}"


GUESSES: tuple[Guess, ...] = (
    Guess(r"mac|eui|hardware", _hardware),
    Guess(r"network|prefix|cidr|subnet", _network),
    Guess(r"ip|inet|ipv4|ipv6|ip_?address|address|host", _address),
    Guess(r"ranges?|intervals?|spans?|between|from|bounds", _ranges),
    Guess(r"lists?|arrays?|tuples?|sequences?|sets?|iterables?|items|comma|separated|multi\w*", _lists),
    Guess(r"json|dict(ionary|ionaries)?|objects?|mappings?|hash ?map|keys?|document", _objects),
    Guess(r"uuid|guid|identifier", _identities),
    Guess(r"cron\w*|schedule|recurren\w*|rrule", _schedules),
    Guess(r"date ?-?times?|timestamps?|moment", _moments),
    Guess(r"dates?|days?|months?|years?", _days),
    Guess(r"times?|hours?|clock", _times),
    Guess(r"duration|timedelta|seconds|minutes|period", _durations),
    Guess(r"e-?mails?|mail", _e_mails),
    Guess(r"urls?|uri|links?|web|domains?|host ?names?|fqdn|dns|scheme", _addresses_on_the_web),
    Guess(r"numbers?|numeric|int|integers?|digits?|decimals?|floats?|amount|money|percent\w*", _numbers),
    Guess(r"colou?rs?|rgb|hexadecimal", _colours),
    Guess(r"country|currency|languages?|locale|time ?zones?|phones?|telephone|code", _codes),
    Guess(r"slugs?|names?|letters|alphanumeric|lower ?case|upper ?case|files?|path", _slugs),
    Guess(r"bytes?|binary|hex|hash|digest|checksum|base64|token|key", _hex),
    Guess(r"versions?|semver|release", _versions),
    Guess(r"points?|coordinates?|latitude|longitude|lat|lon|geo\w*|position", _points),
    Guess(r"bool\w*|true|false|yes|no|flag", _truths),
    Guess(r"xml|html|yaml|toml|markup", _markup),
)  # fmt: skip


def mentioned(text: str) -> Iterator[Guess]:
    """Yield the guesses whose formats ``text`` names, in the order in which it names them."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", " ", text).lower()
    found = (
        (match.start(), guess) for guess in GUESSES if (match := re.search(rf"\b({guess.words})\b", plain))
    )
    yield from (guess for _, guess in sorted(found, key=lambda pair: pair[0]))


def quoted_examples(message: str) -> Iterator[str]:
    """Yield what a refusal quotes or names after ``e.g.``: often an example of what it takes."""
    yield from (found[1] for found in re.findall(r"""(['"“«`])(.{1,60}?)(?:\1|[”»])""", message))
    yield from re.findall(r"(?:e\.g\.|i\.e\.|such as|like|example:?)\s+([^\s'\"),;]+)", message)


def declared_members(field: Field) -> Iterator[tuple[Any, ...]]:
    """Yield the members of each enumeration that the field holds, then their values."""
    for attribute in vars(field).values():
        if isinstance(attribute, type) and issubclass(attribute, Enum) and list(attribute):
            yield tuple(attribute)
            yield tuple(member.value for member in attribute)


def element_field(field: Field) -> Field | None:
    """Return the field of the elements, if ``field`` is a list of values of another field."""
    found = (part for part in vars(field).values() if isinstance(part, DjangoField))
    base = getattr(field, "base_field", None) or next(found, None)
    if not isinstance(base, DjangoField):
        return None
    if getattr(base, "name", None) is None:
        base.set_attributes_from_name(field.name)
    return base


def shaped_like(default: Any, request: ValueRequest) -> tuple[Any, ...]:
    """Return values of the type of ``default``."""
    match default:
        case bool():
            return _truths(request)[:1]
        case int() | float() | Decimal():
            return tuple(type(default)(number) for number in (request.number + 1, request.number % 2))
        case list() | tuple() | set():
            kind = type(default)
            return tuple(kind(items) for items in _lists(request)[:2])
        case dict():
            return ({**default, **_objects(request)[0]}, *_objects(request)[:3])
        case datetime():
            return (temporal.date_and_time(request),)
    return ()
