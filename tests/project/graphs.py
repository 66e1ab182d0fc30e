"""Graphs to choose targets from, made by hand."""

from __future__ import annotations

from django_switchback.evidence import MigrationFact, MigrationName, Operation, ProjectDescribed


def name(written: str) -> MigrationName:
    """Return the identity that ``app.name`` stands for."""
    app, _, rest = written.partition(".")
    return MigrationName(app=app, name=rest)


def fact(
    written: str, *, first_party: bool = True, allowed: bool = True, operations: tuple[Operation, ...] = ()
) -> MigrationFact:
    """Return a migration that lies where Django would look for it."""
    id_ = name(written)
    return MigrationFact(
        id=id_,
        path=f"{id_.app}/migrations/{id_.name}.py",
        first_party=first_party,
        allowed=allowed,
        operations=operations,
    )


def project(*facts: MigrationFact, tables: dict[str, tuple[str, ...]] | None = None) -> ProjectDescribed:
    """Return a project with ``facts`` in plan order, and with ``tables`` by model."""
    return ProjectDescribed(
        alias="default",
        aliases=("default",),
        vendor="sqlite",
        django="5.2",
        python="3.11.7",
        migrations=facts,
        tables=tables or {},
    )
