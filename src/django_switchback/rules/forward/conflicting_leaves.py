"""``conflicting-leaves``: two migrations of one app that nothing comes after."""

from __future__ import annotations

from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule
from django_switchback.rules.wording import enumerate_items


def judge(database: DatabaseEvidence) -> Findings:
    """Speak of each app with several leaves."""
    return tuple(_finding(app, leaves) for app, leaves in database.conflicts)


def _finding(app: str, leaves: tuple[str, ...]) -> Finding:
    return Finding(
        rule="conflicting-leaves",
        severity="error",
        message=f"{app} has {len(leaves)} leaves: {enumerate_items(leaves)}. Django refuses to migrate it.",
        phase="scratch",
        fix=f"Run python manage.py makemigrations --merge {app}, or make one of them depend on the other.",
        evidence={"app": app, "leaves": list(leaves)},
        reproduce="python manage.py migrate",
    )


RULE = Rule(
    slug="conflicting-leaves",
    group="forward",
    severity="error",
    condition="An app has two migrations that no other comes after; typically two branches were merged.",
    effect="`migrate` refuses to run: the release cannot be deployed.",
    remedy="Make one depend on the other, or write a merge migration with `makemigrations --merge`.",
    bad="""\
# 0007_add_slug.py and 0007_add_subtitle.py
dependencies = [("blog", "0006_post_author")]
""",
    good="""\
# 0008_add_subtitle.py
dependencies = [("blog", "0007_add_slug")]
""",
    judge_database=judge,
)
