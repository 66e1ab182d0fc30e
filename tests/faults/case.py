"""The types of the campaign: a fault, where it is tried, what is seen, and what has to be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from integration.servers import Team

from django_switchback.evidence import AnyRecord

SECRET_KEY = "Klammheimlich-und-lang-genug-0815-Klammheimlich-und-lang"
"""The key of every project of the campaign; it has to stay out of every output."""


@dataclass(frozen=True)
class Place:
    """The folders of one case, and its server where it has one by URL.

    ``temporary`` is the TMPDIR of the program; ``token`` is in the environment of all that it starts.
    """

    root: Path
    token: str
    team: Team | None = None

    @property
    def project(self) -> Path:
        """The folder of the project."""
        return self.root / "project"

    @property
    def results(self) -> Path:
        """The folder of reports, evidence and output; the program runs in it."""
        return self.root / "results"

    @property
    def temporary(self) -> Path:
        """The folder that is TMPDIR."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        """The evidence log."""
        return self.results / "evidence.jsonl"

    @property
    def flag(self) -> Path:
        """The file that a project of the campaign writes to say where it is."""
        return self.root / "flag"

    @property
    def server(self) -> Team:
        """The server by URL of this case."""
        assert self.team is not None, "the case names no server"
        return self.team


class Process(NamedTuple):
    """A process of the program, or one that it started."""

    pid: int
    parent: int
    command: str


@dataclass(frozen=True, kw_only=True)
class Live:
    """The program under way: asked whether it is time for the fault, and struck by it."""

    place: Place
    pid: int
    records: tuple[AnyRecord, ...]
    processes: Callable[[], tuple[Process, ...]]


When: TypeAlias = Callable[[Live], bool]
What: TypeAlias = Callable[[Live], None]


class Strike(NamedTuple):
    """A fault that comes from outside, once ``when`` holds."""

    when: When
    what: What


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one case came to; ``status`` is ``None`` where the program had to be ended by the campaign.

    ``after_strike``: seconds from the fault to the end of the program. ``commands``: every command line seen.
    """

    place: Place
    pid: int
    status: int | None
    out: str
    err: str
    report: dict[str, Any]
    records: tuple[AnyRecord, ...]
    seconds: float
    struck: bool = False
    after_strike: float = 0.0
    left: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    commands: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    """What the results folder held, by name: reports, evidence and both outputs."""
    beside: frozenset[str] = frozenset()
    """The names in the case's own folder, beside the results."""

    def entries(self, migration: str, database: str = "") -> list[dict[str, Any]]:
        """Return the report's entries on ``migration``, all of them where it is empty."""
        return [
            entry
            for entry in self.report.get("migrations", [])
            if f"{entry['app']}.{entry['name']}".startswith(migration)
            and (not database or entry["database"].startswith(database))
        ]

    def findings(self) -> list[dict[str, Any]]:
        """Return every finding of the report."""
        holders = [*self.report.get("databases", []), *self.report.get("migrations", [])]
        return [finding for holder in holders for finding in holder["findings"]]


class Expectation(NamedTuple):
    """A promise in words, and what says how it is broken (nothing: it is kept)."""

    words: str
    broken: Callable[[Seen], str]


Make: TypeAlias = Callable[[Place], None]
Wrap: TypeAlias = Callable[[Place, list[str]], list[str]]


def nothing(place: Place) -> None:
    """Prepare nothing."""


def as_it_is(place: Place, words: list[str]) -> list[str]:
    """Start the program without anything around it."""
    return words


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault: the project, how the program is started, what befalls it, and what has to be seen.

    ``words``, ``databases`` and ``variables`` may hold ``{url}``, ``{project}``, ``{results}``, ``{tmp}`` and
    ``{flag}``. ``server``: the PostgreSQL that ``{url}`` leads to. ``sweeps``: what is left is removed by the
    next run. ``stays``: a word that is in everything that may be left, as documented.
    """

    name: str
    project: Make
    status: tuple[int, ...] = (0,)
    expects: tuple[Expectation, ...] = ()
    databases: tuple[str, ...] = ("sqlite",)
    server: str = ""
    prepare: Make = nothing
    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    strike: Strike | None = None
    wrap: Wrap = as_it_is
    reports: bool = True
    sweeps: bool = False
    stays: str = ""
    foreign: bool = False
    """Whether something outside is changed, which is documented as not prevented."""
    limit: float = 150.0
