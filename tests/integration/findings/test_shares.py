"""Cycles in shares, each of which begins at a copy that the way to head has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_switchback.evidence import Covered, NotRun, PartFinished, StepStarted
from integration.making import App, Ran, adds, chain, creates, migration, model, project, switchback

LONG = 12
POSTGRES = "import django.contrib.postgres.fields, django.contrib.postgres.operations\n"
HSTORE = "data=django.contrib.postgres.fields.HStoreField(default=dict)"
EXIT = "lambda apps, editor: __import__('os')._exit(3)"
DIES = f"migrations.RunPython({EXIT}, migrations.RunPython.noop)"
FAILS = "migrations.RunPython(lambda apps, editor: 1 / 0, migrations.RunPython.noop)"


def field(number: int) -> str:
    """Return the source of the field that one migration of the long app adds."""
    return f"n{number}=models.IntegerField(default=0)"


def made(root: Path, instead: str = "", at: int = 0, **settings: Any) -> Path:
    """Write a project of a short and a long app; the latter's migration ``at`` is that ``instead``."""
    names = ["0001_initial", *(f"{number:04}_n" for number in range(2, LONG + 1))]
    operations = [creates("Long"), *(adds("long", field(number)) for number in range(2, LONG + 1))]
    steps = chain(*zip(names, operations, strict=True), app="long")
    if instead:
        steps[names[at - 1]] = migration(instead, after=[("long", names[at - 2])], head=POSTGRES)
    fields = [field(number) for number in range(2, LONG + 1) if number != at]
    if "HStore" in instead:
        fields.append(HSTORE)
    short = chain(("0001_initial", creates("Short")), ("0002_n", adds("short", field(2))), app="early")
    return project(
        root,
        {
            "early": App(short, model("Short", field(2))),
            "long": App(steps, POSTGRES + model("Long", "\n    ".join(fields))),
        },
        **settings,
    )


def run(folder: Path, *words: str, **how: Any) -> Ran:
    """Rehearse the last two migrations of both apps."""
    return switchback(folder, "--last", "2", *words, **how)


def parts(ran: Ran) -> list[str]:
    """Return the parts that were carried out."""
    return sorted(record.part for record in ran.of(PartFinished))


def test_history_is_gone_once(tmp_path: Path) -> None:
    """What lies between two shares is applied on the way to head alone; the tables are full all the same."""
    ran = run(made(tmp_path / "p"))
    assert ran.verdicts() == dict.fromkeys(
        ["early.0001_initial", "early.0002_n", "long.0011_n", "long.0012_n"], "passed"
    )
    assert parts(ran) == ["cycles-1", "cycles-2", "scratch"]
    between = [step.part for step in ran.of(StepStarted) if step.migration.name == "0005_n"]
    assert between == ["scratch"]
    covered = {record.migration.name: record for record in ran.of(Covered)}
    assert [(covered[name].tables, covered[name].seeded) for name in ("0011_n", "0012_n")] == [(2, 2), (2, 2)]


def test_workers_make_no_difference(tmp_path: Path) -> None:
    """One after the other or side by side, the shares have the same rows and the same verdict."""
    folder = made(tmp_path / "p")
    item, four = (run(folder, "--jobs", jobs) for jobs in ("1", "4"))
    assert item.verdicts() == four.verdicts()
    assert parts(item) == parts(four)
    found = [sorted(map(str, ran.of(Covered))) for ran in (item, four)]
    assert found[0] == found[1]
    assert len(found[0]) == 4


@pytest.mark.parametrize("instead", [FAILS, DIES])
def test_what_cannot_be_reached_is_said_so(tmp_path: Path, instead: str) -> None:
    """A migration between the shares that cannot be applied costs what needs it, and nothing else."""
    ran = run(made(tmp_path / "p", instead, at=6))
    assert ran.status == 1
    assert {name: ran.verdicts()[name] for name in ("early.0001_initial", "early.0002_n")} == {
        "early.0001_initial": "passed",
        "early.0002_n": "passed",
    }
    said = {record.migration.name: record.reason for record in ran.of(NotRun)}
    assert set(said) == {"0011_n", "0012_n"}
    assert all("which could not be applied" in reason for reason in said.values())


@pytest.mark.parametrize("at", [LONG - 1, LONG])
def test_a_death_costs_one_target(tmp_path: Path, at: int) -> None:
    """A rollback that takes the worker with it costs its own verdict; the next worker begins at the copy."""
    ran = run(made(tmp_path / "p", f"migrations.RunPython(migrations.RunPython.noop, {EXIT})", at=at))
    verdicts = ran.verdicts()
    assert verdicts.pop(f"long.{at:04}_n") == "failed"
    assert set(verdicts.values()) == {"passed"}


def test_types_that_an_extension_brought(tmp_path: Path) -> None:
    """Who begins at a copy knows the types that a migration before it made, and so does the unwind."""
    brings = f"django.contrib.postgres.operations.HStoreExtension(),\n{adds('long', HSTORE)}"
    folder = made(tmp_path / "p", brings, at=3, contrib=["django.contrib.postgres"])
    ran = run(folder, databases=["postgresql-18"])
    covered = {record.migration.name: record for record in ran.of(Covered)}
    assert {name: dict(covered[name].empty) for name in ("0011_n", "0012_n")} == {"0011_n": {}, "0012_n": {}}
    assert set(ran.verdicts().values()) == {"passed"}
