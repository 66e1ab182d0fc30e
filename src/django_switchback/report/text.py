"""Foreign text made safe to show, and the few words that every format shares."""

from __future__ import annotations

import unicodedata

from django_switchback.rules.interface import Finding
from django_switchback.rules.wording import count
from django_switchback.verdict import MigrationReport, Report

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a reader cannot see: controls, marks of direction, lone surrogates, separators."""

DIRECTIONS = {"forward": "forward", "rollback": "rollback", "reapply": "re-apply"}


def visible(text: str) -> str:
    r"""Return ``text`` on one line with everything unseen as ``\x1b``: no escape sequence survives."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in UNSEEN:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def shortened(text: str, longest: int) -> str:
    """Return ``text`` cut to ``longest`` characters, with a sign that it was."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def seconds(number: float) -> str:
    """Return a time for people, three digits of it at least."""
    return f"{number:.3f} s" if number < 10 else f"{number:.1f} s"


def notes(report: Report) -> tuple[Finding, ...]:
    """Return the findings that are only notes, of migrations and databases."""
    everything = [one for entry in report.migrations for one in entry.findings]
    everything += [one for database in report.databases for one in database.findings]
    return tuple(one for one in everything if one.severity == "info")


def tally(report: Report) -> str:
    """Return the counts of verdicts, such as ``110 rehearsed: 104 passed, 4 failed, 2 skipped``."""
    words = [
        f"{number} {word}" + (f" ({acknowledged} acknowledged)" if word == "passed" and acknowledged else "")
        for word in ("passed", "failed", "skipped", "error")
        for number in [sum(1 for one in report.migrations if one.verdict == word)]
        for acknowledged in [sum(1 for one in report.migrations if _passed_acknowledged(one))]
        if number
    ]
    what = count(len(report.migrations), "migration")
    return f"{what}: {', '.join(words)}" if words else "no migration was a target"


def _passed_acknowledged(one: MigrationReport) -> bool:
    return one.verdict == "passed" and bool(one.acknowledged)
