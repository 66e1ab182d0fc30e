"""Escape untrusted text for output, without invisible characters and workflow commands, and truncate it."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of invisible characters: controls, direction marks, lone surrogates, separators."""


def single_line(text: str) -> str:
    r"""Return ``text`` on one line with invisible characters escaped (``\x1b``): no escape sequence survives.

    The prefix of build-server commands (``##[error]``, ``##vso[``, ``##teamcity[``) is escaped as well.
    """
    return "".join(map(_visible, text)).replace("##", r"#\x23")


def without_workflow_command(line: str) -> str:
    r"""Escape the start of a line that GitHub would run as a workflow command (``::error::``)."""
    indent = len(line) - len(line.lstrip())
    return f"{line[:indent]}\\x3a{line[indent + 1 :]}" if line.startswith("::", indent) else line


def safe_line(text: str) -> str:
    """Return ``text`` as a whole line that is safe in a terminal or in a build server's log."""
    return without_workflow_command(single_line(text))


def truncate(text: str, longest: int) -> str:
    """Return ``text`` truncated to ``longest`` characters with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def contains_word(text: str, word: str) -> bool:
    """Return whether ``text`` has ``word`` (or words) otherwise than as part of a longer one."""
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _visible(character: str) -> str:
    if unicodedata.category(character) not in INVISIBLE_CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")
