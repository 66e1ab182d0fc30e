"""``python -m peers [--tool NAME] [--write PAGE]``: run the tools, print their errors, write the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import django
import msgspec

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.worker.guard.database_urls import sandbox_url
from peers.counts import Answers, Subject, wrong
from peers.page import Column, rewritten
from peers.subjects import write_subjects
from peers.tools import TOOLS, Place, Said, Tool


class Run(NamedTuple):
    """The projects in ``folder``, a server, and the folder of what was said."""

    folder: Path
    subjects: Sequence[Subject]
    server: Server
    results: Path


class Kept(NamedTuple):
    """What a tool said of a project, and the seconds that it took, as a file that a later run takes up."""

    said: Said
    seconds: float


def carry_out(tool: Tool, run: Run) -> tuple[Answers, float]:
    """Run a tool over every project, each with a database of its own; return its answers and its seconds."""
    asked = [subject for subject in run.subjects if tool.judges(subject)]
    kept = []
    for name in dict.fromkeys(subject.project for subject in asked):
        file = run.results / f"{tool.distribution}-{name}.json"
        if not file.exists():
            mine = tuple(subject for subject in asked if subject.project == name)
            file.write_bytes(msgspec.json.encode(said_of(tool, run, name, mine)))
        kept.append(msgspec.json.decode(file.read_bytes(), type=Kept))
    for app, reason in (item for place in kept for item in place.said.unable.items()):
        print(f"  not asked about {app}: {reason}")
    return tool.answers([place.said for place in kept], asked), sum(place.seconds for place in kept)


def said_of(tool: Tool, run: Run, project: str, subjects: tuple[Subject, ...]) -> Kept:
    """Ask a tool about the targets of one project."""
    factory = run.server.factory()
    address = factory.create("peers")
    started = monotonic()
    said = tool.run(Place(run.folder / project, subjects, sandbox_url(address)))
    seconds = monotonic() - started
    factory.drop(address)
    return Kept(said, seconds)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", choices=TOOLS, action="append", help="this one alone")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the table between PAGE's markers")
    parser.add_argument("--results", type=Path, metavar="DIR", help="keep what is said, and go on from it")
    asked = parser.parse_args()
    columns = []
    with (
        tempfile.TemporaryDirectory(prefix="peers-") as name,
        open_server("postgresql-18", RunIdentity.new()) as server,
    ):
        subjects = write_subjects(Path(name))
        results = asked.results or Path(name, "results")
        results.mkdir(exist_ok=True)
        run = Run(Path(name), subjects, server, results)
        for title in asked.tool or TOOLS:
            print(title, flush=True)
            answers, seconds = carry_out(TOOLS[title], run)
            columns.append(Column(title, version(TOOLS[title].distribution), answers, seconds))
            print(*(f"  {line}" for line in wrong(subjects, answers)), sep="\n", flush=True)
    programs = f"Python {sys.version.split()[0]}, Django {django.__version__}, PostgreSQL 18"
    if asked.write:
        page = asked.write.read_text(encoding="utf-8")
        asked.write.write_text(rewritten(page, subjects, columns, programs), encoding="utf-8")
    else:
        print(rewritten("<!-- peers:start --><!-- peers:end -->", subjects, columns, programs))


if __name__ == "__main__":
    main()
