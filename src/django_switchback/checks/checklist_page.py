"""Render the checklist as Markdown, completed for a migration."""

from __future__ import annotations

import itertools

from django_switchback.checks.checklist import CHECKLIST_ITEMS, Answer, ChecklistItem, ChecklistSubject
from django_switchback.errors import UsageError
from django_switchback.evidence import AnyRecord
from django_switchback.report.formats.markdown import escape
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.untrusted_text import truncate
from django_switchback.verdict import run_verdict

MARKS = {"checked": "- [x] ", "failed": "- [ ] **failed:** ", "person": "- [ ] *for a person:* "}
MAX_REASON_CHARACTERS = 300
"""Characters of a reason to show."""


class NotRehearsed(UsageError):
    """The evidence does not cover the migration."""

    def __init__(self, migration: str) -> None:
        super().__init__(
            f"nothing in the evidence is about {migration}: expected a migration that was rehearsed, such as "
            "blog.0007_add_performance_indexes"
        )


def checklist_subject(records: tuple[AnyRecord, ...], migration: str) -> ChecklistSubject:
    """Return the subject for the migration whose name starts with ``migration``.

    Raises :class:`NotRehearsed`.
    """
    evidence = group_by_database(records)
    found = {
        target.fact.id: target.fact
        for database in evidence
        for target in database.targets
        if target.planned and str(target.fact.id).startswith(migration)
    }
    if len(found) != 1:
        raise NotRehearsed(migration)
    (fact,) = found.values()
    return ChecklistSubject(
        fact=fact,
        reports=tuple(entry for entry in run_verdict.judge(records).migrations if entry.id == fact.id),
        evidence=tuple(
            target for database in evidence for target in database.targets if target.fact.id == fact.id
        ),
        engines={database.database: database.engine for database in evidence},
    )


def answers(subject: ChecklistSubject) -> tuple[tuple[ChecklistItem, Answer], ...]:
    """Return each item with its answer."""
    return tuple((item, item.answer(subject)) for item in CHECKLIST_ITEMS)


def render_checklist(subject: ChecklistSubject) -> str:
    """Return the completed checklist of a migration."""
    lines = [f"## Migration checklist: {escape(str(subject.fact.id))}"]
    for group, entries in itertools.groupby(answers(subject), key=lambda entry: entry[0].group):
        lines += ["", f"### {group}", ""]
        for item, answer in entries:
            reason = truncate(" ".join(answer.reason.split()), MAX_REASON_CHARACTERS)
            lines.append(f"{MARKS[answer.state]}{item.text} ({escape(reason)})")
    return "\n".join(lines) + "\n"
