"""Makes text in the formats that field classes and validators require."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models

from django_switchback.worker.seed.values import words
from django_switchback.worker.seed.values.regex import text_matching
from django_switchback.worker.seed.values.value_request import ValueRequest

_SHORT = 40
_UNLIMITED_LENGTH = 4000
"""Characters of the longest text where the column has no limit."""


def text(request: ValueRequest) -> str:
    """Return text for a column known only by its name, length and validators."""
    if isinstance(request.field, models.TextField) and words.names_document(request.field.name):
        return words.document(request.rng, request.number)  # NOTE: an application would only store JSON there
    match request.profile:
        case "low" if not request.unique:
            return ""
        case "low":
            return words.base36(request.number)
        case "high":
            return words.longest(
                request.limit or _UNLIMITED_LENGTH, words.base36(request.number) if request.unique else ""
            )
        case "odd":
            return _cut(
                request,
                f"{words.UNUSUAL_TEXT}{words.base36(request.number)}"
                if request.unique
                else words.UNUSUAL_TEXT,
            )
    return next(
        filter(lambda candidate: _accepted(request, candidate), _candidates(request)), _plain(request)
    )


def _cut(request: ValueRequest, text_value: str) -> str:
    return words.shortened(text_value, request.limit, unique=request.unique, index=request.number)


def _plain(request: ValueRequest) -> str:
    return _cut(request, words.by_name(request.field.name, request.rng, request.number))


def _candidates(request: ValueRequest) -> Iterator[str]:
    yield _plain(request)
    for validator in request.field.validators:
        if isinstance(validator, validators.RegexValidator):
            regex: Any = validator.regex
            candidate = text_matching(regex.pattern, regex.flags, request.rng)
            if candidate is not None and not validator.inverse_match:
                yield candidate
    rng, index = request.rng, request.number
    for candidate in (
        words.slug(rng, index),
        words.word(rng),
        words.e_mail(rng, index),
        words.url(rng, index),
        words.phone(rng, index),
        f"{index + 1}",
        f"192.0.2.{index % 250 + 1}",
        f"{words.word(rng)}.example.org",
        f"{index + 1},{index + 2}",
    ):
        yield _cut(request, candidate)


def _accepted(request: ValueRequest, candidate: str) -> bool:
    try:
        request.field.run_validators(candidate)
    except ValidationError:
        return False
    except Exception:  # a validator of theirs that breaks has refused nothing
        return True
    return True


def slug(request: ValueRequest) -> str:
    """Return a slug."""
    typical = words.in_mixed_case(words.slug(request.rng, request.number), request.number)
    return _shaped(request, typical, "x")


def e_mail(request: ValueRequest) -> str:
    """Return an e-mail address."""
    return _shaped(request, words.e_mail(request.rng, request.number), "@example.org")


def url(request: ValueRequest) -> str:
    """Return a URL."""
    return _shaped(request, words.url(request.rng, request.number), "/")


def _shaped(request: ValueRequest, typical: str, end: str) -> str:
    prefix = words.base36(request.number)
    match request.profile:
        case "low" if not request.unique:
            return ""
        case "high" if request.limit and request.limit > _SHORT:
            start = "https://example.org/" if end == "/" else ""
            return start + words.longest(request.limit - len(start) - len(end), prefix) + end
    if request.limit is not None and len(typical) > request.limit and end == "@example.org":
        typical = f"{prefix}@b.co"
    return _cut(request, typical)


def address(request: ValueRequest) -> str:
    """Return an IP address of the field's protocol."""
    protocol = str(getattr(request.field, "protocol", "ipv4")).lower()
    if protocol == "ipv6" or (protocol == "both" and request.profile in ("high", "odd")):
        return f"2001:db8::{request.number % 65535 + 1:x}"
    return f"192.0.{2 + request.number // 250 % 250}.{request.number % 250 + 1}"


def file(request: ValueRequest) -> str:
    """Return a relative file name; no file is written."""
    if request.profile == "low" and not request.unique:
        return ""
    upload_to = getattr(request.field, "upload_to", None)
    folder = upload_to if isinstance(upload_to, str) else ""
    if "%" in folder:
        folder = "2024/03"
    suffix = ".png" if "image" in type(request.field).__name__.lower() else ".txt"
    name = f"{folder.strip('/') or 'files'}/{words.slug(request.rng, request.number)}"
    if request.profile == "high" and request.limit:
        return words.longest(request.limit - len(suffix), words.base36(request.number)) + suffix
    return (
        words.shortened(name, (request.limit or 100) - len(suffix), unique=True, index=request.number)
        + suffix
    )


def binary(request: ValueRequest) -> bytes:
    """Return bytes; the *odd* profile has each of the 256 byte values."""
    match request.profile:
        case "low" if not request.unique:
            return b""
        case "odd":
            content = words.base36(request.number).encode() + bytes(range(256))
        case "high":
            content = words.longest(request.limit or _UNLIMITED_LENGTH, words.base36(request.number)).encode()
        case _:
            content = words.sentence(request.rng, request.number).encode()
    return content[: request.limit]


def identity(request: ValueRequest) -> uuid.UUID:
    """Return a UUID in the format of version 4."""
    return uuid.UUID(int=request.rng.getrandbits(128), version=4)
