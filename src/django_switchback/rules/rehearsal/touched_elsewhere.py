"""``touched-elsewhere``: project code accessed a database, host or program outside the sandbox."""

from __future__ import annotations

from django_switchback.evidence import TouchedElsewhere
from django_switchback.rules.interface import DatabaseEvidence, Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.accesses import ProjectAccesses
from django_switchback.rules.wording import count, enumerate_items

SLUG = "touched-elsewhere"


def judge(target: TargetEvidence) -> Findings:
    """Report all accesses outside the sandbox by the migration's steps as one finding."""
    return (_finding(str(target.fact.id), target.external_accesses),) if target.external_accesses else ()


def judge_database(database: DatabaseEvidence) -> Findings:
    """Report accesses outside the sandbox during loading, between steps and by other migrations.

    What the project accesses at any time is one finding, with the migrations in whose steps it does so.
    """
    of_project = ProjectAccesses(database.external_accesses)
    groups: dict[str, list[TouchedElsewhere]] = {}
    migrations: dict[str, dict[str, None]] = {}
    for access in database.external_accesses:
        same = of_project.same_as(access)
        who = _describe_actor(same or access)
        groups.setdefault(who, []).append(access)
        if same is not None and access.migration is not None:
            migrations.setdefault(who, {})[str(access.migration)] = None
    return tuple(
        _finding(_with_migrations(who, tuple(migrations.get(who, ()))), tuple(groups[who]))
        for who in sorted(groups)
    )


def _describe_actor(elsewhere: TouchedElsewhere) -> str:
    if elsewhere.migration is not None:
        return f"{elsewhere.migration}, which is not a target,"
    return f"The project, {'while it is loaded' if elsewhere.moment == 'loading' else 'between two steps'},"


def _with_migrations(actor: str, migrations: tuple[str, ...]) -> str:
    if not migrations:
        return actor
    return f"{actor.removesuffix(',')} and in steps of {enumerate_items(migrations)},"


def _finding(actor: str, touched: tuple[TouchedElsewhere, ...]) -> Finding:
    lines = _group_by_line(touched)
    accesses = "; it ".join(_describe_access(line[0], len(line) - 1) for line in lines)
    return Finding(
        rule=SLUG,
        severity="warning",
        message=f"{actor} {accesses}.",
        phase="cycle" if all(access.moment == "step" for access in touched) else "scratch",
        fix=(
            "Use Django's connection, and access other systems after the migration. If the access is "
            "intended, check its effects: a rehearsal runs each step several times."
        ),
        exhibits=tuple(elsewhere for line in lines for elsewhere in line),
    )


def _group_by_line(touched: tuple[TouchedElsewhere, ...]) -> tuple[tuple[TouchedElsewhere, ...], ...]:
    """Group accesses by line of code: the file that one line opens may have another name each time."""
    groups: dict[tuple[str, bool, str], dict[str, TouchedElsewhere]] = {}
    for elsewhere in touched:
        groups.setdefault((elsewhere.kind, elsewhere.refused, elsewhere.place), {}).setdefault(
            elsewhere.address, elsewhere
        )
    return tuple(tuple(groups[key].values()) for key in sorted(groups))


def _describe_access(elsewhere: TouchedElsewhere, others: int) -> str:
    named = elsewhere.address + (f" and {count(others, 'other')}" if others else "")
    place = f" ({elsewhere.place})" if elsewhere.place else ""
    match elsewhere.kind, elsewhere.refused:
        case "database", True:
            return f"was refused a connection to {named}, a database that this run did not create{place}"
        case "database", False:
            return f"opened {named}, a database that this run did not create{place}"
        case "link", True:
            return (
                f"was refused a connection from the database server to {named}{place}: a server of the run "
                "connects only to itself, by a connection string without host"
            )
        case "link", False:
            return (
                f"lets the database server connect to {named}, by dblink or a foreign server{place}, where "
                "nothing is refused"
            )
        case "host", _:
            return f"connected to {named}{place}"
    return f"started the program {named}, which may access anything{place}"


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "A migration, or the project while it is loaded, accesses a database, a host or a program outside "
        "the sandbox. Connections to the project's databases, and other connections with psycopg, are "
        "refused before they are opened."
    ),
    effect="The access has real effects, as often as the rehearsal runs the step.",
    remedy=(
        "Use Django's connection, which leads to the sandbox. Move access to other systems into a separate "
        "command or task."
    ),
    judge=judge,
    judge_database=judge_database,
)
