"""Define the kinds of values that options take: how text is read, and what a refusal says.

``--help`` imports this module, so it imports nothing slow.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from django_switchback.errors import UsageError


class BadValue(UsageError):
    """Reports a value that an option does not accept; ``where`` is the option as its source spells it."""

    def __init__(self, where: str, value: str, expected: str) -> None:
        super().__init__(f"invalid value {value!r} for {where}: expected {expected}")


class Kind(NamedTuple):
    """Describes the values of an option: ``read`` parses one text, ``expected`` completes the error message.

    ``read`` is one of click's parameter types or a function; it raises ``click.BadParameter`` or
    ``ValueError``.
    """

    metavar: str
    read: Callable[[str], Any]
    expected: str

    def parse(self, value: Any, where: str) -> Any:
        """Parse text, or a TOML value, of ``where``. Raises :class:`BadValue`."""
        text = str(value)
        boolean = isinstance(value, bool) and self.read is not click.BOOL
        if text and isinstance(value, str | int | float) and not boolean:
            with suppress(ValueError, click.BadParameter):
                return self.read(text)
        raise BadValue(where, without_password(text), self.expected)


def url_scheme(text: str) -> str:
    """Return the scheme of a URL, ``""`` if ``text`` has none."""
    # NOTE: urlsplit() is not used, because its error messages may contain the password.
    scheme, colon, _ = text.partition(":")
    return scheme.lower() if colon and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) else ""


def without_password(text: str) -> str:
    """Shorten a URL to its scheme and mask any other ``text`` that may hold a password."""
    scheme = url_scheme(text)
    return f"{scheme}:…" if scheme else "…" if ":" in text or "@" in text else text


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(text)
        return text

    return read


def _seconds(text: str) -> float:
    value = float(text)
    # NOTE: click.FloatRange accepts nan and infinity.
    if not math.isfinite(value) or value <= 0:
        raise ValueError(text)
    return value


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise ValueError(text)
    return int(match[1]), int(match[2])


def _cluster(text: str) -> str | Path:
    if url_scheme(text) not in {"tcp", "tls"}:
        if "://" in text:
            raise ValueError(text)
        return Path(text)
    if re.fullmatch(r"(tcp|tls)://[^\s/@]+:\d+", text) is None:
        raise ValueError(text)
    return text


def _shell_words(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    if not words:
        raise ValueError(text)
    return words


MAX_ROWS: Final = 5_000_000
"""The largest ``--rows``: a snapshot keeps eight bytes for each value of a row."""
MIGRATION: Final = Kind(
    "APP.NAME",
    _matching(r"[A-Za-z_]\w*\.[\w-]+"),
    "an app and a migration such as blog.0007_add_performance_indexes",
)
SECONDS: Final = Kind("SECONDS", _seconds, "seconds above 0")
APP: Final = Kind("LABEL", _matching(r"[A-Za-z_]\w*"), "an app label such as blog")
CLUSTER: Final = Kind(
    "ADDRESS",
    _cluster,
    "the address of a Dask scheduler such as tcp://scheduler:8786 or tls://scheduler:8786, or its file",
)
COMMAND: Final = Kind("COMMAND", _shell_words, "a command such as python manage.py test")
COUNT: Final = Kind("N", click.IntRange(1), "an integer of at least 1")
DATABASE: Final = Kind(
    "SPEC",
    _matching(r"sqlite|postgresql(-1[4-8])?|postgres(ql)?://\S+"),
    "sqlite, postgresql, postgresql-14 to postgresql-18 or a postgresql:// URL",
)
FILE: Final = Kind("FILE", Path, "a file")
MANAGE: Final = Kind("PROGRAM", _shell_words, "a program such as nautobot-server")
HOT_TABLE: Final = Kind("NAME", _matching(r"\S+"), "a model such as blog.Post, or the name of a table")
FLAG: Final = Kind("", click.BOOL, "true or false")
FOLDER: Final = Kind("DIR", Path, "a folder")
MODULE: Final = Kind(
    "MODULE", _matching(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"), "a module such as config.settings"
)
PROGRAM: Final = Kind("PATH", _matching(r".+"), "a Python interpreter")
REF: Final = Kind("REF", _matching(r"[^-\s]\S*"), "a git ref such as origin/main")
REPORT: Final = Kind("FILE", Path, "a file, or -")
ROWS: Final = Kind("N", click.IntRange(1, MAX_ROWS), f"an integer from 1 to {MAX_ROWS}")
SEED: Final = Kind("INT", click.IntRange(0), "an integer of at least 0")
SHARD: Final = Kind("I/N", _shard, "the number of a shard and how many there are, such as 1/3, 2/3 or 3/3")
SEVERITY: Final = Kind("error|warning", click.Choice(("error", "warning")), "error or warning")
