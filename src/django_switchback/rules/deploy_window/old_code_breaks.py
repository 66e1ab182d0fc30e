"""``old-code-breaks``: run the old release's statements on the new schema."""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.evidence import OldCodeInDeployWindow
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.statements import (
    VERBS,
    broken_statements,
    doubt_sentences,
    failure_doubt,
)
from django_switchback.rules.wording import enumerate_items, shown_sql, statement_outcome

SLUG = "old-code-breaks"
GENERAL_FIX = (
    "Deploy it in two releases: the first expands the schema so that both releases work on it, the second "
    "contracts it once the old release is gone."
)


def judge(target: TargetEvidence) -> Findings:
    """Report statements of the old models that worked before the migration and fail once it is applied."""
    broken = broken_statements(target.deploy_window)
    return (_finding(target, broken),) if broken else ()


def _finding(target: TargetEvidence, broken: tuple[OldCodeInDeployWindow, ...]) -> Finding:
    found = tuple(map(failure_doubt, broken))
    certain = None in found
    shown = broken[found.index(None) if certain else 0]
    return Finding(
        rule=SLUG,
        severity="warning" if certain else "info",
        message=(
            f"Once {target.fact.id} is applied, the old release, which still runs, cannot "
            f"{_phrases(broken)}: {statement_outcome(shown)}{_statement(shown)}"
            f"{''.join(_needed_rows(broken))}{doubt_sentences(() if certain else found)}"
        ),
        phase="cycle",
        fix=_fix(target),
        phases=("cycle",),
        exhibits=(*broken, *target.two_releases[-1:]),
        reproduce=manage_commands.reproduce_command(target, "cycle", "forward"),
        setup=manage_commands.setup_command(target, "cycle", "forward"),
    )


def _fix(target: TargetEvidence) -> str:
    tasks = [migration.task for known in target.two_releases[-1:] for migration in known.migrations]
    return " ".join(dict.fromkeys(tasks)) or GENERAL_FIX


def _phrases(broken: tuple[OldCodeInDeployWindow, ...]) -> str:
    """Return ``insert into and read blog_post, and delete from blog_tag``."""
    verbs: dict[str, list[str]] = {}
    for attempt in broken:
        verbs.setdefault(attempt.table, []).append(VERBS[attempt.statement])
    return ", and ".join(f"{enumerate_items(found)} {table}" for table, found in verbs.items())


def _statement(attempt: OldCodeInDeployWindow) -> str:
    return f", in {shown_sql(attempt.sql)}" if attempt.sql else ""


def _needed_rows(broken: tuple[OldCodeInDeployWindow, ...]) -> Iterator[str]:
    """Yield a sentence if only certain rows show it."""
    if all(attempt.written == "after" for attempt in broken):
        yield ". Only rows that the new release has written show it"
    if all(attempt.row_kind == "edge" for attempt in broken):
        yield ". Only values at the limits of the old columns show it"


RULE = Rule(
    slug=SLUG,
    group="deploy window",
    severity="warning",
    condition=(
        "Inserts, reads, updates or deletes of the old release's own models fail once the migration is "
        "applied, on rows of either release, and worked before it."
    ),
    effect=(
        "Until the last process of the old release is replaced, and again if the new release is taken back "
        "without its migrations, requests to the old release fail."
    ),
    remedy=(
        "Deploy it in two releases. Expand first: add what the new release needs, and leave what the old one "
        "uses. Contract once no process of the old release is left: remove what is not used any more."
    ),
    judge=judge,
)
