"""``system-check``: ``manage.py check`` reports errors or warnings."""

from __future__ import annotations

from django_switchback.evidence import SystemChecked
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, Severity
from django_switchback.rules.wording import count, enumerate_items

ERROR_LEVEL = 40
"""``django.core.checks.ERROR``."""


def judge(database: DatabaseEvidence) -> Findings:
    """Report each check error; combine ``--deploy`` messages, and lesser messages, into one finding each."""
    # Sorted, because Django runs its checks in any order and equal findings of two databases are merged.
    found = sorted(database.checks, key=lambda checked: (checked.id, checked.message))
    plain = tuple(checked for checked in found if not checked.deploy)
    errors = tuple(_finding("error", (checked,)) for checked in plain if checked.level >= ERROR_LEVEL)
    deploy = tuple(checked for checked in found if checked.deploy)
    rest = tuple(checked for checked in plain if checked.level < ERROR_LEVEL)
    together: tuple[tuple[Severity, tuple[SystemChecked, ...]], ...] = (("warning", deploy), ("info", rest))
    return errors + tuple(_finding(severity, checks) for severity, checks in together if checks)


def _finding(severity: Severity, checks: tuple[SystemChecked, ...]) -> Finding:
    command = "check --deploy" if checks[0].deploy else "check"
    ids = list(dict.fromkeys(check.id or "a check without an id" for check in checks))
    hints = [check.hint for check in checks if check.hint]
    summary = (
        checks[0].message if len(checks) == 1 else f"{count(len(checks), 'message')} ({enumerate_items(ids)})"
    ).rstrip(".")
    return Finding(
        rule="system-check",
        severity=severity,
        message=f"manage.py {command} reports {ids[0]}: {summary}."
        if len(checks) == 1
        else f"manage.py {command}: {summary}.",
        phase="scratch",
        fix=hints[0]
        if len(checks) == 1 and hints
        else f"Run python manage.py {command} and follow each message.",
        exhibits=checks,
        reproduce=f"python manage.py {command}",
    )


RULE = Rule(
    slug="system-check",
    group="forward",
    severity="error",
    condition=(
        "`manage.py check` reports an error. Messages of `check --deploy` alone are a warning, messages "
        "below the level of an error a note."
    ),
    effect="Django itself reports that the project is not ready to run.",
    remedy="Follow the message; Django's documentation explains each id.",
    judge_database=judge,
)
