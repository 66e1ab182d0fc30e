"""Splits SQL from SQLite's catalogue into tokens, normalised in spelling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlglot import Token, TokenType
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import TokenError

from django_switchback.worker.snapshot.interface import UnreadableDefinition

_LITERALS = {TokenType.STRING: "'", TokenType.HEX_STRING: "x'"}


class SqlToken(NamedTuple):
    """One token of a statement.

    ``text`` is compared; ``name`` keeps the case. ``keyword`` is the bare word in lower case, empty for
    quoted or other tokens.
    """

    text: str
    name: str
    keyword: str


def tokenize(statement: str) -> tuple[SqlToken, ...]:
    """Return the tokens of ``statement`` without quoting, case, comments and white space.

    Raises :class:`UnreadableDefinition`.
    """
    try:
        tokens = SQLite.Tokenizer().tokenize(statement)
    except TokenError as error:
        raise UnreadableDefinition(statement) from error
    return tuple(word for token in tokens for word in _words(token))


def _words(token: Token) -> Iterator[SqlToken]:
    if token.token_type in _LITERALS:
        body = token.text.replace("'", "''")
        yield SqlToken(f"{_LITERALS[token.token_type]}{body}'", token.text, "")
    elif token.token_type == TokenType.IDENTIFIER:
        yield SqlToken(_identifier(token.text), token.text, "")
    else:
        # The tokenizer returns one token for "PRIMARY KEY" and similar pairs.
        for part in token.text.split():
            yield SqlToken(part.lower(), part, part.lower())


def _identifier(name: str) -> str:
    """Return the name as a bare word if it can be written without quotes."""
    return name.lower() if name.isidentifier() else '"' + name.lower().replace('"', '""') + '"'


def text(tokens: Sequence[SqlToken]) -> str:
    """Return the tokens as one line, equal for equal meaning."""
    return " ".join(word.text for word in tokens)


def parts(tokens: Sequence[SqlToken]) -> tuple[tuple[SqlToken, ...], ...]:
    """Split tokens at commas outside parentheses."""
    split: list[list[SqlToken]] = [[]]
    depth = 0
    for word in tokens:
        depth += {"(": 1, ")": -1}.get(word.keyword, 0)
        if word.keyword == "," and depth == 0:
            split.append([])
        else:
            split[-1].append(word)
    return tuple(tuple(part) for part in split if part)


class TokenReader:
    """Reads tokens from left to right.

    Raises :class:`UnreadableDefinition` if an expected token is missing.
    """

    def __init__(self, tokens: Sequence[SqlToken]) -> None:
        self._words = tokens
        self._position = 0

    @property
    def done(self) -> bool:
        """Return whether all tokens are read."""
        return self._position >= len(self._words)

    def peek(self, ahead: int = 0) -> str:
        """Return the next bare word; empty at the end and for quoted names."""
        position = self._position + ahead
        return self._words[position].keyword if position < len(self._words) else ""

    def take(self) -> SqlToken:
        """Read and return the next token."""
        if self.done:
            raise UnreadableDefinition(text(self._words))
        self._position += 1
        return self._words[self._position - 1]

    def skip(self, *expected: str) -> bool:
        """Skip ``expected`` if it comes next; return whether it did."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(expected)):
            self._position += len(expected)
            return True
        return False

    def group(self) -> tuple[SqlToken, ...]:
        """Read and return the tokens of the parentheses that open here."""
        if not self.skip("("):
            raise UnreadableDefinition(text(self._words))
        start, depth = self._position, 1
        while depth:
            depth += {"(": 1, ")": -1}.get(self.take().keyword, 0)
        return tuple(self._words[start : self._position - 1])

    def rest(self) -> tuple[SqlToken, ...]:
        """Read and return all remaining tokens."""
        remaining = tuple(self._words[self._position :])
        self._position = len(self._words)
        return remaining
