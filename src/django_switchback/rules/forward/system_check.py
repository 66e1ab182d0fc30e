"""``system-check``: ``manage.py check`` reports errors or warnings."""

from __future__ import annotations

from django_switchback.evidence import SystemChecked
from django_switchback.rules.interface import (
    DatabaseEvidence,
    Finding,
    Findings,
    Rule,
    Severity,
    without_interpreter,
)
from django_switchback.rules.wording import count, enumerate_items

ERROR_LEVEL = 40
"""``django.core.checks.ERROR``."""


def judge(database: DatabaseEvidence) -> Findings:
    """Report each check error; combine ``--deploy`` messages, and lesser messages, into one finding each."""
    # Sorted, because Django runs its checks in any order and equal findings of two databases are merged.
    found = sorted(database.checks, key=lambda checked: (checked.id, checked.message))
    plain = tuple(checked for checked in found if not checked.deploy)
    errors = [(checked,) for checked in plain if checked.level >= ERROR_LEVEL]
    deploy = tuple(checked for checked in found if checked.deploy)
    rest = tuple(checked for checked in plain if checked.level < ERROR_LEVEL)
    together: list[tuple[Severity, tuple[SystemChecked, ...]]] = [("error", error) for error in errors]
    together += [("warning", deploy), ("info", rest)]
    return tuple(_finding(severity, checks, database.manage) for severity, checks in together if checks)


def _finding(severity: Severity, checks: tuple[SystemChecked, ...], manage: str) -> Finding:
    command = f"{manage} check --deploy" if checks[0].deploy else f"{manage} check"
    short = without_interpreter(command)
    ids = list(dict.fromkeys(check.id or "a check without an id" for check in checks))
    hints = [check.hint for check in checks if check.hint]
    summary = (
        checks[0].message if len(checks) == 1 else f"{count(len(checks), 'message')} ({enumerate_items(ids)})"
    ).rstrip(".")
    return Finding(
        rule="system-check",
        severity=severity,
        message=f"{short} reports {ids[0]}: {summary}." if len(checks) == 1 else f"{short}: {summary}.",
        phase="scratch",
        fix=hints[0] if len(checks) == 1 and hints else f"Run {command} and follow each message.",
        exhibits=checks,
        reproduce=command,
    )


RULE = Rule(
    slug="system-check",
    group="forward",
    severity="error",
    condition=(
        "`manage.py check` reports an error, or one of the checks raises. Messages of `check --deploy` alone "
        "are a warning, messages below the level of an error a note."
    ),
    effect="Django itself reports that the project is not ready to run.",
    remedy="Follow the message; Django's documentation explains each id.",
    judge_database=judge,
)
