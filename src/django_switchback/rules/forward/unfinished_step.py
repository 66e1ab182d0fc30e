"""``timed-out`` and ``worker-died``: a step did not finish."""

from __future__ import annotations

from django_switchback.evidence import StepFinished
from django_switchback.rules.findings.findings import step_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.steps import effective_direction, failed_steps, rows_required_by_step
from django_switchback.rules.wording import in_operation

STEP_LABELS = {"forward": "Applying {}", "rollback": "Rolling back {}", "reapply": "Applying {} again"}


def judge_timed_out(target: TargetEvidence) -> Findings:
    """Report steps that were stopped at the time limit."""
    return _judge(target, "timed-out")


def judge_died(target: TargetEvidence) -> Findings:
    """Report steps during which the worker process died."""
    return _judge(target, "died")


def _judge(target: TargetEvidence, outcome: str) -> Findings:
    steps = failed_steps(target, "forward", "rollback", "reapply")
    return tuple(_finding(target, step) for step in steps if step.outcome == outcome)


def _finding(target: TargetEvidence, step: StepFinished) -> Finding:
    doing = STEP_LABELS[effective_direction(step)].format(target.fact.id)
    rows = "on empty tables" if step.rows == "none" else f"with {step.rows} rows in the tables"
    if step.outcome == "timed-out":
        rule, happened = "timed-out", f"did not finish within {step.seconds:.1f} s"
        fix = "Find the lock or loop that it waits in; if it is only slow, batch it or raise --timeout."
    else:
        rule, happened = "worker-died", "ended the process that ran it"
        fix = "Look for os._exit, a crash in a C library or memory that ran out; raise an exception instead."
    where = f"{in_operation(target.fact, step.failure)}{' from head' if step.phase == 'unwind' else ''}"
    return step_finding(
        target, step, rule, f"{doing} {happened}, {rows}{where}.", fix, rows_required_by_step(target, step)
    )


TIMED_OUT = Rule(
    slug="timed-out",
    group="forward",
    severity="error",
    condition="A step ran longer than `--timeout` and was stopped.",
    effect="In production it would hold its locks for at least as long.",
    remedy=(
        "Find the cause: an endless loop, a lock that another connection of the same migration holds, a "
        "prompt for input. If the step is only slow, batch it or raise `--timeout`."
    ),
    judge=judge_timed_out,
)

DIED = Rule(
    slug="worker-died",
    group="forward",
    severity="error",
    condition="The worker process died during a step: it exited, crashed or ran out of memory.",
    effect="`migrate` ends half way without reporting an error.",
    remedy=(
        "Raise an exception instead of exiting the process; read large tables in batches with `iterator()`."
    ),
    judge=judge_died,
)
