"""Rows and apps beside the target: what becomes of them is none of the target's doing."""

from __future__ import annotations

from pathlib import Path

from django_switchback.evidence import Compared, Comparison, Covered, ProjectDescribed
from integration.making import App, adds, chain, creates, migration, project, switchback

CONTRIB = ("django.contrib.contenttypes", "django.contrib.auth")


def test_signals_know_what_is_applied_later_in_the_plan(tmp_path: Path) -> None:
    """Rolled back below another app's migration that stays, the signals have the models of that one."""
    first = migration(creates("Note", "text=models.TextField()"), after=[("contenttypes", "0001_initial")])
    folder = project(tmp_path / "shop", {"aside": App({"0001_initial": first})}, contrib=CONTRIB)
    ran = switchback(folder, "--app", "aside")
    names = [str(item.id) for item in ran.of(ProjectDescribed)[0].migrations]
    later = "contenttypes.0002_remove_content_type_name"
    assert names.index("aside.0001_initial") < names.index(later)
    assert {outcome for _, _, outcome in ran.steps("aside.0001_initial")} == {"ok"}, ran.out
    assert ran.status in (0, 1)


TREE = creates(
    "Node",
    "path=models.CharField(max_length=255, unique=True)",
    "depth=models.PositiveIntegerField()",
    "numchild=models.PositiveIntegerField(default=0)",
)
DIGITS = "from django.core.validators import RegexValidator"
FIRST = ("world", "0001_initial")
COUNTRY = (
    "migrations.CreateModel(name='Country', fields=["
    "('code', models.CharField(max_length=3, primary_key=True, serialize=False,"
    " validators=[RegexValidator('^[1-9][0-9]$')])),"
    "('name', models.CharField(max_length=60))])"
)


def test_a_parent_that_counts_new_children_is_not_changed_by_the_rollback(tmp_path: Path) -> None:
    """New nodes of a tree are counted by the old one above them before the rollback, and still after it."""
    steps = chain(
        ("0001_initial", TREE), ("0002_title", adds("node", "title=models.TextField(default='')")), app="wood"
    )
    ran = switchback(project(tmp_path / "shop", {"wood": App(steps)}), "--migration", "wood.0002")
    assert (
        ran.rules("wood.0002_title") & {("rollback-loses-data", "cycle"), ("reapply-differs", "cycle")}
        == set()
    )


def test_new_rows_whose_keys_look_like_numbers_are_ours(tmp_path: Path) -> None:
    """A new row with the text ``30`` for a key is not taken for one that the target put in."""
    alter = "migrations.AlterField('country', 'name', models.CharField(max_length=80))"
    steps = {"0001_initial": migration(COUNTRY, head=DIGITS), "0002_name": migration(alter, after=[FIRST])}
    ran = switchback(project(tmp_path / "shop", {"world": App(steps)}), "--migration", "world.0002")
    (covered,) = ran.of(Covered)
    assert (covered.touched, covered.unwritten) == (("world_country",), {}), "there are new rows"
    assert ran.rules("world.0002_name") == set(), ran.out
    assert {item.comparison for item in ran.of(Compared)} == {Comparison()}
