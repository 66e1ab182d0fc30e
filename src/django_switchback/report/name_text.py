"""Text whose lines break at spaces, and within long names of migrations after an underscore or a dot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, JustifyMethod, OverflowMethod
from rich.containers import Lines
from rich.text import Text

_WORD = re.compile(r"\s*\S+\s*")
_PIECE = re.compile(r".*?[_.]+(?=\w)|.+", re.DOTALL)
"""A piece of a word, after which a line may break."""


class NameText(Text):
    """Text that wraps as rich's does, but breaks a name that is longer than a line between its words."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """Return the lines of at most ``width`` columns; a piece that is longer is broken anywhere."""
        long_names = self.divide(_breaks(self.plain, width)) if width > 0 and not no_wrap else (self,)
        lines = Lines()
        for line in long_names:
            lines.extend(
                Text.wrap(
                    line,
                    console,
                    width,
                    justify=justify,
                    overflow=overflow or "fold",
                    tab_size=tab_size,
                    no_wrap=no_wrap,
                )
            )
        return lines


def _breaks(text: str, width: int) -> list[int]:
    """Return the offsets at which lines begin."""
    offsets, column = [], 0
    for offset, piece in _pieces(text, width):
        if "\n" in piece:
            column = cell_len(piece.rpartition("\n")[2])
            continue
        if column and column + cell_len(piece.rstrip()) > width:
            offsets.append(offset)
            column = 0
        column += cell_len(piece)
    return offsets


def _pieces(text: str, width: int) -> Iterator[tuple[int, str]]:
    """Yield words, those longer than a line in pieces, with their offsets."""
    for word in _WORD.finditer(text):
        if cell_len(word.group().strip()) <= width:
            yield word.start(), word.group()
            continue
        for piece in _PIECE.finditer(word.group()):
            yield word.start() + piece.start(), piece.group()
