"""Build the plain Django commands that reproduce a finding."""

from __future__ import annotations

import shlex

import msgspec

from django_switchback.evidence import Confirmed, Direction, MigrationName, Phase
from django_switchback.rules.interface import MANAGE, TargetEvidence

SKIP_CHECKS = "--skip-checks"


def forward_command(target: TargetEvidence) -> str:
    """Return the command that applies the target."""
    return _migrate(target, target.fact.id)


def rollback_command(target: TargetEvidence) -> str:
    """Return the command that rolls the target back."""
    zero = MigrationName(app=target.fact.id.app, name="zero")
    return _migrate(target, target.previous or zero)


def manage_command(program: tuple[str, ...], path: str) -> str:
    """Return what a user types before the name of a Django command: ``path`` is that of ``manage.py``."""
    return shlex.join(program or ("python", path))


def typed(record: Confirmed, manage: str) -> Confirmed:
    """Return ``record`` with its command as it is typed: a worker runs it in the project's folder."""
    command = record.command.removeprefix(f"{MANAGE} ")
    if command == record.command:
        return record
    return msgspec.structs.replace(record, command=f"{manage} {command}")


def migrate_command(manage: str, to: MigrationName, alias: str) -> str:
    """Return the command that migrates the database of ``alias`` to the migration ``to``."""
    return f"{manage} migrate {shlex.join((to.app, to.name))}{_alias(alias)}"


def _migrate(target: TargetEvidence, to: MigrationName) -> str:
    return f"{migrate_command(target.manage, to, target.alias)}{_skip_checks(target)}"


def _skip_checks(target: TargetEvidence) -> str:
    """Return the option without which errors of the system checks keep ``migrate`` from starting."""
    needed = any(SKIP_CHECKS in shlex.split(record.command) for record in target.confirmed)
    return f" {SKIP_CHECKS}" if needed else ""


def _alias(alias: str) -> str:
    return "" if alias == "default" else f" --database {shlex.quote(alias)}"


def reproduce_command(target: TargetEvidence, phase: Phase, direction: Direction) -> str:
    """Return the command that reproduces a step: the confirmed command, if there is one."""
    for record in target.confirmed:
        if (record.phase, record.direction) == (phase, direction) and record.command:
            return record.command
    return rollback_command(target) if direction == "rollback" else forward_command(target)


def setup_command(target: TargetEvidence, phase: Phase, direction: Direction) -> str | None:
    """Return the command that migrates an empty database to the state before the step."""
    to_head = f"{target.manage} migrate{_alias(target.alias)}{_skip_checks(target)}"
    if direction == "rollback":
        return to_head if phase == "unwind" else forward_command(target)
    if direction == "reapply" or phase == "unwind":
        if phase != "unwind":
            return f"{forward_command(target)} && {rollback_command(target)}"
        # On re-apply, migrations unwound before it are not applied yet, and it may read what they create.
        others = [_migrate(target, other) for other in target.app_rollbacks]
        return " && ".join((to_head, *others, rollback_command(target)))
    return rollback_command(target) if target.previous else None
