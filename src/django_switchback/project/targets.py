"""Which migrations are under test: pure, over the graph that a worker described."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from django_switchback.errors import UsageError
from django_switchback.evidence import MigrationFact, MigrationName, ProjectDescribed


class TargetSelection(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. ``changed`` holds paths relative to the project, ``None`` where nobody asked.

    ``migrations`` are written ``app.name``; a prefix of the name will do if it is the only one.
    """

    apps: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    last: int = 5
    all: bool = False
    changed: frozenset[str] | None = None


class OtherEngine(UsageError):
    """The project's own databases are of engines that there are no sandboxes of."""

    def __init__(self, engines: Mapping[str, str]) -> None:
        named = ", ".join(f"{alias!r} is {engine}" for alias, engine in engines.items())
        super().__init__(
            f"database {named}: expected SQLite or PostgreSQL, which is what Switchback rehearses on; to "
            "rehearse on one of them in its place, name it, for instance --database sqlite"
        )


class UnknownApp(UsageError):
    """An app was named that has no migrations here."""

    def __init__(self, app: str, known: Collection[str]) -> None:
        super().__init__(
            f"unknown app {app!r}: expected the label of an app with migrations, {_hint(app, known)}"
        )


class UnknownMigration(UsageError):
    """A migration was named that is not in the graph, or by a prefix that several have."""

    def __init__(self, name: str, known: Collection[str], several: Collection[str] = ()) -> None:
        if several:
            super().__init__(f"migration {name!r} is one of several: {', '.join(several)}; write it in full")
        else:
            super().__init__(f"unknown migration {name!r}: expected APP.NAME, {_hint(name, known)}")


class NothingToTest(UsageError):
    """The project has no app of its own with migrations."""

    def __init__(self) -> None:
        super().__init__(
            "nothing to test: no app under the project's folder has migrations; "
            "name an installed one by --app, for instance --app auth"
        )


def _hint(given: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(given, known, n=3)
    if close:
        return f"such as {', '.join(close)}"
    return f"one of {', '.join(sorted(known)[:12])}" if known else "but there is none"


def select_targets(project: ProjectDescribed, wanted: TargetSelection) -> tuple[MigrationName, ...]:
    """Return the targets on the alias that ``project`` describes, in the order Django applies them.

    The last ``wanted.last`` of an app are the last in graph order, whatever their names. Apps that the
    routers keep off this alias have none. Raises :class:`UsageError` for a name that the graph does not
    know.
    """
    known = [fact for fact in project.migrations if fact.allowed]
    chosen: set[MigrationName] = set()
    for name in wanted.migrations:
        chosen.add(_named(name, project.migrations))
    if wanted.apps or not wanted.migrations:
        for app in _apps(project, wanted):
            chosen.update(_of_app([fact for fact in known if fact.id.app == app], wanted))
    return tuple(fact.id for fact in known if fact.id in chosen)


def _apps(project: ProjectDescribed, wanted: TargetSelection) -> Sequence[str]:
    labels = {fact.id.app for fact in project.migrations}
    for app in wanted.apps:
        if app not in labels:
            raise UnknownApp(app, labels)
    own = {fact.id.app for fact in project.migrations if fact.first_party}
    if not wanted.apps and not own:
        raise NothingToTest
    return wanted.apps or sorted(own)


def _of_app(facts: Sequence[MigrationFact], wanted: TargetSelection) -> Iterable[MigrationName]:
    if wanted.changed is not None:
        return [fact.id for fact in facts if fact.path in wanted.changed]
    return [fact.id for fact in (facts if wanted.all else facts[-wanted.last :])]


def _named(name: str, facts: Sequence[MigrationFact]) -> MigrationName:
    names = [str(fact.id) for fact in facts]
    matches = [name] if name in names else [other for other in names if other.startswith(name)]
    if len(matches) != 1 or "." not in name:
        raise UnknownMigration(name, names, several=matches if "." in name else ())
    return facts[names.index(matches[0])].id
