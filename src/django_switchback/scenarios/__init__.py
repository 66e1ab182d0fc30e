"""Public API for the files in a project's ``migration_scenarios/``; see ``docs/scenarios.md``."""

from django_switchback.scenarios.declaring import after, before, leave_empty, reapplied, restored, value_for

__all__ = ["after", "before", "leave_empty", "reapplied", "restored", "value_for"]
