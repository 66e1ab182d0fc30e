"""Which migrations become targets."""

from __future__ import annotations

import pytest

from django_switchback.errors import UsageError
from django_switchback.evidence import ProjectDescribed
from django_switchback.project.targets import (
    NothingToTest,
    TargetSelection,
    UnknownApp,
    UnknownMigration,
    select_targets,
)

from .graphs import fact, project

BLOG = tuple(fact(f"blog.{number:04}_step") for number in range(1, 8))
AUTH = tuple(fact(f"auth.{number:04}_step", first_party=False) for number in range(1, 4))


def chosen(described: ProjectDescribed, wanted: TargetSelection) -> list[str]:
    """Return the targets as people write them."""
    return [str(target) for target in select_targets(described, wanted)]


def test_the_last_five_of_each_app_of_ones_own() -> None:
    """Without a word, the last five of each first-party app are targets, and nothing of others."""
    forum = (fact("forum.0001_initial"), fact("forum.0002_more"))
    targets = chosen(project(*AUTH, *BLOG, *forum), TargetSelection())
    assert targets == [
        *(f"blog.{number:04}_step" for number in range(3, 8)),
        "forum.0001_initial",
        "forum.0002_more",
    ]


def test_the_last_are_the_last_in_graph_order() -> None:
    """Names without numbers, or with numbers out of order, are taken as the graph has them."""
    names = ("blog.start", "blog.0009_early", "blog.0002_late", "blog.end")
    assert chosen(project(*map(fact, names)), TargetSelection(last=2)) == ["blog.0002_late", "blog.end"]


def test_an_app_that_is_named_may_be_anybodys() -> None:
    """``--app`` takes installed apps as well, and nothing else then."""
    assert chosen(project(*AUTH, *BLOG), TargetSelection(apps=("auth",), last=1)) == ["auth.0003_step"]


def test_all_takes_the_whole_history() -> None:
    """``--all`` knows no last ones."""
    assert len(chosen(project(*AUTH, *BLOG), TargetSelection(all=True))) == len(BLOG)


def test_migrations_that_are_named_stand_alone() -> None:
    """``--migration`` by itself names all targets; with ``--app`` both add up."""
    described = project(*AUTH, *BLOG)
    assert chosen(described, TargetSelection(migrations=("blog.0002_step",))) == ["blog.0002_step"]
    both = TargetSelection(migrations=("blog.0002_step",), apps=("auth",), last=1)
    assert chosen(described, both) == ["auth.0003_step", "blog.0002_step"]


def test_a_prefix_will_do_if_it_is_the_only_one() -> None:
    """``blog.0002`` is enough; ``blog.000`` is not, and the message names the candidates."""
    described = project(*BLOG)
    assert chosen(described, TargetSelection(migrations=("blog.0002",))) == ["blog.0002_step"]
    with pytest.raises(UnknownMigration, match=r"blog\.0001_step, blog\.0002_step"):
        select_targets(described, TargetSelection(migrations=("blog.000",)))


def test_a_full_name_wins_over_longer_ones() -> None:
    """A name that is also the beginning of another means itself."""
    described = project(fact("blog.0001_a"), fact("blog.0001_a_b"))
    assert chosen(described, TargetSelection(migrations=("blog.0001_a",))) == ["blog.0001_a"]


def test_only_what_changed() -> None:
    """With changed paths, the targets are those whose files are among them, be they none."""
    changed = frozenset({"blog/migrations/0002_step.py", "blog/models.py"})
    assert chosen(project(*BLOG), TargetSelection(changed=changed)) == ["blog.0002_step"]
    assert chosen(project(*BLOG), TargetSelection(changed=frozenset())) == []


def test_what_the_routers_keep_away_is_no_target() -> None:
    """An app that does not migrate on this alias has no targets there."""
    described = project(*BLOG, fact("logs.0001_initial", allowed=False))
    assert "logs.0001_initial" not in chosen(described, TargetSelection())


@pytest.mark.parametrize(
    ("wanted", "error", "said"),
    [
        (TargetSelection(apps=("blgo",)), UnknownApp, "such as blog"),
        (TargetSelection(migrations=("blog.0099",)), UnknownMigration, r"unknown migration 'blog\.0099'"),
        (TargetSelection(migrations=("0002_step",)), UnknownMigration, r"APP\.NAME"),
    ],
)
def test_unknown_names_are_refused(wanted: TargetSelection, error: type[UsageError], said: str) -> None:
    """A name that the graph does not know is refused by name, with what was expected."""
    with pytest.raises(error, match=said):
        select_targets(project(*AUTH, *BLOG), wanted)


def test_a_project_without_migrations_of_its_own_says_so() -> None:
    """Nothing to test is no success."""
    with pytest.raises(NothingToTest, match=r"for instance --app \w+ \(they are \w+"):
        select_targets(project(*AUTH), TargetSelection())
