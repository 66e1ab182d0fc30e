"""Foreign text made safe to show, and the few words that every format shares."""

from __future__ import annotations

import unicodedata

from django_switchback.rules.interface import Finding
from django_switchback.rules.wording import count
from django_switchback.verdict import Report

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a reader cannot see: controls, marks of direction, lone surrogates, separators."""


def single_line(text: str) -> str:
    r"""Return ``text`` on one line with everything unseen as ``\x1b``: no escape sequence survives.

    Nor does the mark by which build servers (``##[error]``, ``##vso[``, ``##teamcity[``) know a command
    anywhere in a line.
    """
    return "".join(_visible(character) for character in text).replace("##", r"#\x23")


def without_workflow_command(line: str) -> str:
    r"""Return ``line`` so that it does not begin as a workflow command of GitHub's does (``::error::``)."""
    indent = len(line) - len(line.lstrip())
    return f"{line[:indent]}\\x3a{line[indent + 1 :]}" if line.startswith("::", indent) else line


def _visible(character: str) -> str:
    if unicodedata.category(character) not in UNSEEN:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def truncate(text: str, longest: int) -> str:
    """Return ``text`` cut to ``longest`` characters, with a sign that it was."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def format_seconds(number: float) -> str:
    """Return a time for people, three digits of it at least."""
    return f"{number:.3f} s" if number < 10 else f"{number:.1f} s"


def all_findings(report: Report) -> tuple[Finding, ...]:
    """Return all findings, of databases and of migrations."""
    of_databases = tuple(finding for database in report.databases for finding in database.findings)
    return of_databases + tuple(finding for entry in report.migrations for finding in entry.findings)


def info_findings(report: Report) -> tuple[Finding, ...]:
    """Return the findings that are only notes."""
    return tuple(finding for finding in all_findings(report) if finding.severity == "info")


def count_findings(report: Report) -> str:
    """Return the counts of findings, such as ``3 errors, 1 acknowledged, 2 notes``."""
    every = all_findings(report)
    words = [
        count(number, noun)
        for severity, noun in (("error", "error"), ("warning", "warning"), ("info", "note"))
        for number in [
            sum(1 for finding in every if finding.severity == severity and not finding.acknowledged)
        ]
        if number
    ]
    acknowledged = sum(1 for finding in every if finding.acknowledged)
    return ", ".join((*words, *([f"{acknowledged} acknowledged"] if acknowledged else []))) or "no findings"


def count_verdicts(report: Report) -> str:
    """Return the counts of verdicts, such as ``110 migrations: 104 passed, 4 failed, 2 skipped``."""
    words = [
        f"{number} {word}"
        for word in ("passed", "failed", "skipped", "error")
        for number in [sum(1 for migration in report.migrations if migration.verdict == word)]
        if number
    ]
    what = count(len(report.migrations), "migration")
    return f"{what}: {', '.join(words)}" if words else "no migration was a target"
