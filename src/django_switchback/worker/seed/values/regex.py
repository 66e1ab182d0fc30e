"""Generates text that matches a regular expression."""

from __future__ import annotations

import re
import re._parser as sre  # type: ignore[import-not-found] # NOTE: the only parser that agrees with re itself
from random import Random
from typing import Any

_CLASSES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": "abcdefgh0123",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "abc",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "abc123",
}
_TRIES = 20
_PRINTABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:/@#+"


def text_matching(pattern: str, flags: int, rng: Random) -> str | None:
    """Return text that ``re.search(pattern)`` matches, or ``None`` if none was generated."""
    try:
        tree = sre.parse(pattern, flags)
        compiled = re.compile(pattern, flags)
    except (re.error, OverflowError):
        return None
    for _ in range(_TRIES):
        text = _sequence(tree, rng)
        if compiled.search(text):
            return text
    return None


def _sequence(tokens: Any, rng: Random) -> str:
    return "".join(_piece(token, rng) for token in tokens)


def _piece(token: tuple[Any, Any], rng: Random) -> str:
    name, value = str(token[0]), token[1]
    match name:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return next(letter for letter in _PRINTABLE if ord(letter) != value)
        case "ANY":
            return rng.choice("abc123")
        case "IN":
            return _choose_branch(value, rng)
        case "BRANCH" | "SUBPATTERN" | "ATOMIC_GROUP":
            return _sequence(_group(name, value, rng), rng)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, body = value
            times = rng.randint(int(low), max(int(low), min(int(high), int(low) + 3)))
            return "".join(_sequence(body, rng) for _ in range(times))
        case _:  # anchors, look-around, references: the check of the whole text decides
            return ""


def _group(name: str, value: Any, rng: Random) -> Any:
    """Return the tokens of a group, of a random branch of alternatives."""
    if name == "BRANCH":
        return rng.choice(value[1])
    return value[3] if name == "SUBPATTERN" else value


def _choose_branch(choices: list[tuple[Any, Any]], rng: Random) -> str:
    negated = str(choices[0][0]) == "NEGATE"
    letters = "".join(_letters(choice) for choice in choices if str(choice[0]) != "NEGATE")
    if negated:
        letters = "".join(letter for letter in _PRINTABLE if letter not in letters)
    return rng.choice(letters) if letters else ""


def _letters(choice: tuple[Any, Any]) -> str:
    name, value = str(choice[0]), choice[1]
    match name:
        case "LITERAL":
            return chr(value)
        case "RANGE":
            low, high = value
            return "".join(map(chr, range(low, min(high, low + 60) + 1)))
        case "CATEGORY":
            return _CLASSES.get(str(value), "")
        case _:
            return ""
