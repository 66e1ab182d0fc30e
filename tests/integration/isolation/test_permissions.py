"""Permissions that a migration renames, or Django with a model, and those who hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.making import NUMBER, App, adds, creates, migration, model, project, switchback

CONTRIB = ("django.contrib.contenttypes", "django.contrib.auth")
LATEST = ("auth", "0012_alter_user_first_name_max_length")
RENAME = """
    def rename(old, new):
        def run(apps, schema_editor):
            permissions = apps.get_model("auth", "Permission").objects
            permissions.filter(codename=old, content_type__app_label="desk").update(codename=new)

        return run
"""


def renaming(back: str) -> App:
    """Return an app that renames a permission, with ``back`` as the way back."""
    permitted = (
        "class Report(models.Model):\n    class Meta:\n        permissions = [('export', 'Can export')]\n"
    )
    return App(
        {
            "0001_initial": migration(creates("Report")),
            "0002_permission": migration(
                "migrations.AlterModelOptions('report', {'permissions': [('can_export', 'Can export')]})",
                after=[("desk", "0001_initial")],
            ),
            "0003_renamed": migration(
                f"migrations.RunPython(rename('can_export', 'export'), {back})",
                "migrations.AlterModelOptions('report', {'permissions': [('export', 'Can export')]})",
                head=RENAME,
                after=[("desk", "0002_permission"), LATEST],
            ),
        },
        permitted,
    )


@pytest.mark.parametrize(
    ("back", "verdict"),
    [("rename('export', 'can_export')", "passed"), ("migrations.RunPython.noop", "failed")],
)
def test_permission_renamed(tmp_path: Path, back: str, verdict: str) -> None:
    """Without a way back, a group has a permission that the old release does not know."""
    ran = switchback(project(tmp_path / "p", {"desk": renaming(back)}, contrib=CONTRIB))
    assert ran.verdicts()["desk.0003_renamed"] == verdict
    assert (("rollback-loses-data", "cycle") in ran.rules("desk.0003_renamed")) == (verdict == "failed")


def test_model_renamed(tmp_path: Path) -> None:
    """One ``migrate`` renames content types with their models in every step, and permissions at its end."""
    desk = App(
        {
            "0001_initial": migration(creates("Article"), after=[LATEST]),
            "0002_paper": migration(
                "migrations.RenameModel('Article', 'Paper')",
                adds("paper", NUMBER),
                "migrations.RunSQL('UPDATE desk_paper SET n = 1', migrations.RunSQL.noop)",
                after=[("desk", "0001_initial")],
            ),
        },
        model("Paper", "n = models.IntegerField(default=0)"),
    )
    held = "permission = models.ForeignKey('auth.Permission', models.CASCADE)"
    holders = App(
        {"0001_initial": migration(creates("Holder", held.replace(" ", "", 2)), after=[LATEST])},
        model("Holder", held),
    )
    folder = project(tmp_path / "p", {"desk": desk, "holders": holders}, contrib=CONTRIB)
    ran = switchback(folder, "--app", "desk")
    assert ran.verdicts() == {"desk.0001_initial": "passed", "desk.0002_paper": "passed"}
