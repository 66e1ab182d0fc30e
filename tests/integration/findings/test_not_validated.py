"""Rows that a constraint which is NOT VALID lets stay fail the migration that validates it."""

from __future__ import annotations

from pathlib import Path

from integration.making import App, Ran, creates, migration, model, project, switchback

HEAD = "from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint\n"


def checked(app: str, condition: str) -> App:
    """Return an app that adds a check constraint, and validates it in the next migration."""
    constraint = f"models.CheckConstraint(condition=models.Q({condition}), name='{app}_checked')"
    files = {
        "0001_initial": migration(creates("Thing", "size=models.IntegerField()")),
        "0002_check": migration(
            f"AddConstraintNotValid('thing', {constraint})", after=[(app, "0001_initial")], head=HEAD
        ),
        "0003_validate": migration(
            f"ValidateConstraint('thing', '{app}_checked')", after=[(app, "0002_check")], head=HEAD
        ),
    }
    fields = f"size = models.IntegerField()\n\n    class Meta:\n        constraints = [{constraint}]"
    return App(files, model("Thing", fields))


def found(ran: Ran, migration: str) -> set[tuple[str, str]]:
    """Return the rules that speak of a migration, and how bad each is."""
    return {(finding["rule"], finding["severity"]) for finding in ran.entry(migration)["findings"]}


def test_rows_from_before_the_constraint(tmp_path: Path) -> None:
    """Edge rows alone are a warning, typical ones an error, although neither can be inserted any more."""
    apps = {"edge": checked("edge", "size__gte=0"), "usual": checked("usual", "size__gte=2_000_000_000")}
    ran = switchback(project(tmp_path / "p", apps), databases=("postgresql-18",))
    stays = ("rollback-leaves-schema", "info")
    assert found(ran, "edge.0003_validate") == {("forward-fails-with-data", "warning"), stays}, ran.out
    assert found(ran, "usual.0003_validate") == {("forward-fails-with-data", "error")}, ran.out
    # The rows that it lets stay cannot be saved any more.
    assert ("new-code-fails", "error") in found(ran, "usual.0002_check"), ran.out
    assert [name for name, verdict in ran.verdicts().items() if verdict != "passed"] == [
        "usual.0002_check",
        "usual.0003_validate",
    ]
