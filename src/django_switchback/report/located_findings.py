"""Give each finding its place in the repository and a fingerprint, for the formats that machines read."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import NamedTuple

from django_switchback.evidence import MigrationName
from django_switchback.report.grouped_findings import (
    GroupedFinding,
    MigrationReason,
    grouped_findings,
    migration_reasons,
)
from django_switchback.rules.fingerprints import cause
from django_switchback.rules.interface import SEVERITIES
from django_switchback.untrusted_text import single_line
from django_switchback.verdict.interface import Report


class Location(NamedTuple):
    """A line of a file; ``path`` is relative to the repository's root, with slashes."""

    path: str
    line: int


class LocatedFinding(NamedTuple):
    """A finding on one or several databases, its place, and a fingerprint, unique within the report."""

    subject: str
    """The migration, or ``the project as a whole``."""
    location: Location
    fingerprint: str
    shared: GroupedFinding


class LocatedReason(NamedTuple):
    """Why a migration was not, or not completely, rehearsed, and its place."""

    location: Location
    reason: MigrationReason


def located_findings(report: Report) -> tuple[LocatedFinding, ...]:
    """Return all findings with their places, the worst first, what is excused after what is not.

    A finding about the whole project is placed at its ``manage.py``.
    """
    seen: Counter[str] = Counter()
    found = []
    places = _places(report)
    for subject in grouped_findings(report, notes=True):
        for shared in subject.shared:
            fingerprint = cause(shared.finding, subject.id)
            seen[fingerprint] += 1
            numbered = fingerprint if seen[fingerprint] == 1 else f"{fingerprint}-{seen[fingerprint]}"
            name = "the project as a whole" if subject.id is None else single_line(str(subject.id))
            found.append(LocatedFinding(name, places[subject.id], numbered, shared))
    return tuple(sorted(found, key=_order))


def located_reasons(report: Report) -> tuple[LocatedReason, ...]:
    """Return the reasons why migrations were skipped or not completely rehearsed, with their places."""
    places = _places(report)
    return tuple(LocatedReason(places[reason.id], reason) for reason in migration_reasons(report))


def _places(report: Report) -> dict[MigrationName | None, Location]:
    folder = PurePath(report.run.folder)
    whole = Location(single_line((folder / "manage.py").as_posix()), 1)
    places: dict[MigrationName | None, Location] = {None: whole}
    for entry in report.migrations:
        # The file of an installed app is not in the repository.
        inside = bool(entry.path) and not PurePath(entry.path).is_absolute()
        path = single_line((folder / entry.path).as_posix())
        places[entry.id] = Location(path, max(entry.line, 1)) if inside else whole
    return places


def _order(entry: LocatedFinding) -> tuple[bool, int]:
    return entry.shared.finding.excused, SEVERITIES.index(entry.shared.finding.severity)
