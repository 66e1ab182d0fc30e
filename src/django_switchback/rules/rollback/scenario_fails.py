"""``scenario-fails``: a function of the project's migration scenarios raises."""

from __future__ import annotations

from django_switchback.evidence import ScenarioRan
from django_switchback.rules import manage_commands
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import count, exception_with_hint

SLUG = "scenario-fails"
WHEN = {
    "before": "before applying {}",
    "after": "after applying {}",
    "restored": "after rolling back {}",
    "reapplied": "after applying {} again",
}


def judge(target: TargetEvidence) -> Findings:
    """Report all scenario functions that raised as one finding."""
    # Deduplicated: a cycle without edge rows calls them again.
    failed = tuple(
        {
            (scenario.moment, scenario.function, scenario.path, scenario.line): scenario
            for scenario in target.scenarios
            if scenario.failure is not None
        }.values()
    )
    return (_finding(target, failed),) if failed else ()


def _finding(target: TargetEvidence, failed: tuple[ScenarioRan, ...]) -> Finding:
    first = failed[0]
    more = f" {count(len(failed) - 1, 'more function')} failed." if len(failed) > 1 else ""
    summary = exception_with_hint(first.failure)
    message = (
        f"Scenario {first.function} ({first.path}:{first.line}) fails "
        f"{WHEN[first.moment].format(target.fact.id)}: {summary}{'' if summary.endswith('.') else '.'}{more}"
    )
    rolled = any(record.moment == "restored" for record in failed)
    return Finding(
        rule=SLUG,
        severity="error",
        message=message,
        phase="cycle",
        fix=(f"Make {target.fact.id} do what the scenario expects, or correct the scenario."),
        phases=("cycle",),
        exhibits=failed,
        reproduce=manage_commands.rollback_command(target)
        if rolled
        else manage_commands.forward_command(target),
        setup=manage_commands.forward_command(target) if rolled else None,
    )


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "A function in the project's `migration_scenarios/` raises: an assertion about the data after the "
        "migration, after its rollback or after applying it again fails, or the function itself is wrong."
    ),
    effect="The migration breaks an expectation that the project has about its data.",
    remedy="Correct the migration, or the scenario if its expectation is wrong.",
    judge=judge,
)
