"""Foreign text made safe."""

from __future__ import annotations

import pytest

from django_switchback.untrusted_text import safe_line, single_line, truncate, without_workflow_command


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain äß€𝄞", "plain äß€𝄞"),
        ("\x1b[31m\x07\x9b", r"\x1b[31m\x07\x9b"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202eabc\u2066\u2028\ufeff", r"\u202eabc\u2066\u2028\ufeff"),
        ("\ud800", r"\ud800"),
        ("##vso[x]", r"#\x23vso[x]"),
        ("[red]", "[red]"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    """Controls, marks of direction, surrogates and marks of build servers lose their power; letters stay."""
    assert single_line(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [("  ::error::x", r"  \x3a:error::x"), ("a::text", "a::text"), ("", "")],
)
def test_a_line_is_no_workflow_command(line: str, shown: str) -> None:
    """Only a line that begins as a command does is changed."""
    assert without_workflow_command(line) == shown


def test_a_safe_line_is_neither() -> None:
    """What a terminal or a build server would obey is spelled out, where it hides the other one too."""
    assert safe_line("::error::\x1b[31m##[debug]\n") == r"\x3a:error::\x1b[31m#\x23[debug]\n"


@pytest.mark.parametrize(("longest", "shown"), [(4, "abcd"), (3, "ab…"), (1, "…")])
def test_a_long_text_ends_with_an_ellipsis(longest: int, shown: str) -> None:
    """The ellipsis counts as a character; a text that fits stays as it is."""
    assert truncate("abcd", longest) == shown
