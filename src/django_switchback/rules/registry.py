"""The registry of all rules."""

from __future__ import annotations

from collections.abc import Collection

from django_switchback.rules.deploy_window import (
    blocking_lock,
    data_migrations,
    grows_with_rows,
    old_code_breaks,
    table_rewrite,
)
from django_switchback.rules.forward import (
    conflicting_leaves,
    drift,
    edited_migration,
    forward_fails,
    new_code,
    not_resumable,
    system_check,
    unfinished_step,
)
from django_switchback.rules.hygiene import (
    live_model_import,
    stale_acknowledgement,
    undocumented_risk,
    unguarded_vendor_sql,
)
from django_switchback.rules.interface import DatabaseEvidence, Findings, Rule, TargetEvidence
from django_switchback.rules.merge import merge_findings
from django_switchback.rules.rehearsal import (
    belongs_to_server,
    changed_no_row,
    not_cleaned_up,
    touched_elsewhere,
    values_not_understood,
)
from django_switchback.rules.rollback import (
    irreversible,
    leaves_schema,
    loses_or_leaves_data,
    not_atomic,
    old_code,
    reapply,
    rollback_fails,
    scenario_fails,
    swallows_error,
)

RULES: tuple[Rule, ...] = (
    irreversible.RULE,
    rollback_fails.ALWAYS,
    rollback_fails.WITH_DATA,
    rollback_fails.BLOCKED,
    leaves_schema.RULE,
    loses_or_leaves_data.LOST,
    loses_or_leaves_data.LEFT,
    not_atomic.RULE,
    swallows_error.RULE,
    reapply.FAILS,
    reapply.DIFFERS,
    old_code.RULE,
    scenario_fails.RULE,
    forward_fails.ALWAYS,
    forward_fails.WITH_DATA,
    new_code.RULE,
    not_resumable.RULE,
    unfinished_step.TIMED_OUT,
    unfinished_step.DIED,
    drift.MODELS,
    drift.SCHEMA,
    conflicting_leaves.RULE,
    system_check.RULE,
    edited_migration.RULE,
    old_code_breaks.RULE,
    blocking_lock.RULE,
    table_rewrite.RULE,
    grows_with_rows.RULE,
    data_migrations.UNBATCHED,
    data_migrations.MIXED,
    undocumented_risk.RULE,
    unguarded_vendor_sql.RULE,
    live_model_import.RULE,
    stale_acknowledgement.RULE,
    not_cleaned_up.RULE,
    touched_elsewhere.RULE,
    belongs_to_server.RULE,
    changed_no_row.RULE,
    values_not_understood.RULE,
)
"""In the order of the documentation, which is also the order of a target's findings."""

BY_SLUG = {rule.slug: rule for rule in RULES}


def judge_target(target: TargetEvidence) -> Findings:
    """Return the merged findings of all rules about one target."""
    return merge_findings(tuple(finding for rule in RULES if rule.judge for finding in rule.judge(target)))


def judge_rules(target: TargetEvidence, slugs: Collection[str]) -> Findings:
    """Return the findings of the rules ``slugs`` about one target, not merged over phases."""
    return tuple(
        finding for rule in RULES if rule.slug in slugs and rule.judge for finding in rule.judge(target)
    )


def judge_database(database: DatabaseEvidence) -> Findings:
    """Return the findings of all rules about one database as a whole."""
    return tuple(
        finding for rule in RULES if rule.judge_database for finding in rule.judge_database(database)
    )
