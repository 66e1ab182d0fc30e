"""Select the target migrations from the described graph."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from django_switchback.errors import UsageError
from django_switchback.evidence import MigrationFact, MigrationName, ProjectDescribed


class TargetSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Holds the selection criteria. ``changed`` holds paths relative to the project, or ``None`` if unused.

    ``migrations`` are written ``app.name``; a unique prefix of the name is enough.
    """

    apps: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    last: int = 5
    all: bool = False
    changed: frozenset[str] | None = None


DJANGO_APPS = frozenset({"admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"})
"""The labels of Django's own apps with migrations."""


class OtherEngine(UsageError):
    """Reports a project whose databases use engines without sandboxes."""

    def __init__(self, engines: Mapping[str, str]) -> None:
        databases = ", ".join(f"{alias!r} is {engine}" for alias, engine in engines.items())
        super().__init__(
            f"database {databases}: expected SQLite or PostgreSQL, which is what Switchback rehearses on; to "
            "rehearse on one of them instead, name it, for instance --database sqlite"
        )


class UnknownApp(UsageError):
    """Reports an app that does not exist or has no migrations."""

    def __init__(self, app: str, known: Collection[str]) -> None:
        super().__init__(
            f"unknown app {app!r}: expected the label of an app with migrations, {_hint(app, known)}"
        )


class UnknownMigration(UsageError):
    """Reports a migration that is not in the graph, or an ambiguous prefix."""

    def __init__(self, name: str, known: Collection[str], several: Collection[str] = ()) -> None:
        if several:
            super().__init__(f"migration {name!r} is one of several: {', '.join(several)}; write it in full")
        else:
            super().__init__(f"unknown migration {name!r}: expected APP.NAME, {_hint(name, known)}")


class NothingToTest(UsageError):
    """Reports a project without a first-party app with migrations, with the ``installed`` ones."""

    def __init__(self, installed: Collection[str]) -> None:
        named = sorted(installed, key=lambda app: (app in DJANGO_APPS, app))
        example = f", for instance --app {named[0]}" if named else ""
        super().__init__(
            "nothing to test: no app under the project's folder has migrations; name installed ones by --app"
            f"{example} (they are {', '.join(named) or 'none'})"
        )


def _hint(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"such as {', '.join(close)}"
    return f"one of {', '.join(sorted(known)[:12])}" if known else "but the project has none"


def select_targets(project: ProjectDescribed, selection: TargetSelection) -> tuple[MigrationName, ...]:
    """Return the targets on the alias that ``project`` describes, in the order Django applies them.

    The last ``selection.last`` of an app are the last in graph order, whatever their names. Apps that the
    routers do not allow on this alias have no targets. Raises :class:`UsageError` for an unknown name.
    """
    allowed = [fact for fact in project.migrations if fact.allowed]
    chosen: set[MigrationName] = set()
    for name in selection.migrations:
        chosen.add(_named(name, project.migrations))
    if selection.apps or not selection.migrations:
        for app in _apps(project, selection):
            chosen.update(_of_app([fact for fact in allowed if fact.id.app == app], selection))
    return tuple(fact.id for fact in allowed if fact.id in chosen)


def _apps(project: ProjectDescribed, selection: TargetSelection) -> Sequence[str]:
    labels = {fact.id.app for fact in project.migrations}
    for app in selection.apps:
        if app not in labels:
            raise UnknownApp(app, labels)
    own = {fact.id.app for fact in project.migrations if fact.first_party}
    if not selection.apps and not own:
        raise NothingToTest(labels)
    return selection.apps or sorted(own)


def _of_app(facts: Sequence[MigrationFact], selection: TargetSelection) -> Iterable[MigrationName]:
    if selection.changed is not None:
        return [fact.id for fact in facts if fact.path in selection.changed]
    return [fact.id for fact in (facts if selection.all else facts[-selection.last :])]


def _named(name: str, facts: Sequence[MigrationFact]) -> MigrationName:
    names = [str(fact.id) for fact in facts]
    matches = [name] if name in names else [other for other in names if other.startswith(name)]
    if len(matches) != 1 or "." not in name:
        raise UnknownMigration(name, names, several=matches if "." in name else ())
    return facts[names.index(matches[0])].id
